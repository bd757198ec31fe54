"""Where memory comes from, messages that somebody asked to be forgotten, and sessions that begin anew for it."""

import django.db.models.deletion
import tenants_app.fields
import tenants_app.ids
from django.db import migrations, models
from tenants_app.isolation import IsolateTable


class Migration(migrations.Migration):

    dependencies = [
        ('memory', '0001_initial'),
        ('messaging', '0010_people'),
        ('tenants_app', '0009_prompt_epoch'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='forgotten_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='session',
            name='prompt_epoch',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.CreateModel(
            name='FactSource',
            fields=[
                ('id', models.UUIDField(default=tenants_app.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('fact', tenants_app.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='memory.fact')),
                ('message', tenants_app.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='messaging.message')),
                ('tenant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants_app.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'fact', 'message'), name='factsource_unique')],
            },
        ),
        migrations.CreateModel(
            name='RevisionSource',
            fields=[
                ('id', models.UUIDField(default=tenants_app.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('message', tenants_app.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='messaging.message')),
                ('revision', tenants_app.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='memory.revision')),
                ('tenant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants_app.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'revision', 'message'), name='revisionsource_unique')],
            },
        ),
        IsolateTable("FactSource", append_only=True, unindexed=("fact",)),
        IsolateTable("RevisionSource", append_only=True, unindexed=("revision",)),
    ]
