"""A tenant's sessions can be made to begin anew."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenants_app', '0008_consent'),
    ]

    operations = [
        migrations.AddField(
            model_name='tenant',
            name='prompt_epoch',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
    ]
