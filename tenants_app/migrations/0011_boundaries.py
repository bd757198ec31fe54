"""What code holds the assistant to, and how many tools a tenant may have."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenants_app', '0010_schedules'),
    ]

    operations = [
        migrations.AddField(
            model_name='tenant',
            name='forbidden_recipients',
            field=models.TextField(blank=True, db_default='', default='', help_text='Whom the assistant never writes to: one name, number, address or @domain a line.', max_length=5000),
        ),
        migrations.AddField(
            model_name='tenant',
            name='max_tools',
            field=models.PositiveSmallIntegerField(db_default=30, default=30, help_text='How many tools of its own it may have; each live one is part of every prompt.', validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(200)]),
        ),
        migrations.AddField(
            model_name='tenant',
            name='prices_to_customers',
            field=models.BooleanField(db_default=True, default=True, help_text='Off: an answer to a customer that names a price is not sent; they are told that a person will.'),
        ),
    ]
