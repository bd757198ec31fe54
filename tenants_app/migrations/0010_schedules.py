"""Limits of what is scheduled: quiet hours, how much on a day, how many tasks."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenants_app', '0009_prompt_epoch'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='contactaddress',
            options={'verbose_name_plural': 'contact addresses'},
        ),
        migrations.AddField(
            model_name='tenant',
            name='max_tasks',
            field=models.PositiveSmallIntegerField(db_default=100, default=100, help_text='How many scheduled tasks may be active at once.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10000)]),
        ),
        migrations.AddField(
            model_name='tenant',
            name='proactive_limit',
            field=models.PositiveSmallIntegerField(db_default=50, default=50, help_text="How many scheduled tasks may run on one day, from midnight in the tenant's time zone.", validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10000)]),
        ),
        migrations.AddField(
            model_name='tenant',
            name='quiet_from',
            field=models.TimeField(blank=True, help_text='Quiet hours: what is scheduled for a time from here on waits until they end. Empty: none.', null=True),
        ),
        migrations.AddField(
            model_name='tenant',
            name='quiet_until',
            field=models.TimeField(blank=True, help_text="When the quiet hours end, by the tenant's clock.", null=True),
        ),
    ]
