"""What the owner is asked to allow."""

import django.db.models.deletion
import tenants_app.fields
import tenants_app.ids
from django.db import migrations, models

from tenants_app.isolation import IsolateTable


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0014_search_lighter'),
        ('tenants_app', '0011_boundaries'),
    ]

    operations = [
        migrations.CreateModel(
            name='Confirmation',
            fields=[
                ('id', models.UUIDField(default=tenants_app.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('call_id', models.CharField(max_length=100)),
                ('tool', models.CharField(max_length=64)),
                ('arguments', tenants_app.fields.ExactJSONField()),
                ('digest', models.CharField(max_length=64)),
                ('why', models.CharField(max_length=20)),
                ('token', models.CharField(max_length=32)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('allowed', 'Allowed'), ('declined', 'Declined'), ('used', 'Used'), ('expired', 'Expired')], default='waiting', max_length=8)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('expires_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('asked_in', tenants_app.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='messaging.conversation')),
                ('contact', tenants_app.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tenants_app.contact')),
                ('conversation', tenants_app.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='messaging.conversation')),
                ('decided_by', tenants_app.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tenants_app.contact')),
                ('tenant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants_app.tenant')),
                ('turn', tenants_app.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='messaging.turn')),
                ('used_in', tenants_app.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='messaging.turn')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', 'asked_in', 'created_at'], name='confirmation_asked'), models.Index(condition=models.Q(('state__in', ('waiting', 'allowed'))), fields=['tenant', 'asked_in'], name='confirmation_open')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'token'), name='confirmation_token_unique'), models.UniqueConstraint(fields=('tenant', 'turn', 'call_id'), name='confirmation_call_unique')],
            },
        ),
        IsolateTable("Confirmation", unindexed=("turn",)),
    ]
