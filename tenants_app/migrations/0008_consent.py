"""What a tenant does with closed windows and handovers, and who wants what messages."""

import django.core.validators
import django.db.models.deletion
import tenants_app.fields
import tenants_app.ids
from tenants_app.isolation import IsolateTable
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenants_app', '0007_reservation_expires'),
    ]

    operations = [
        migrations.AddField(
            model_name='contact',
            name='opted_out_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='contact',
            name='told_of_ai_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='contactaddress',
            name='refused_codes',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='contactaddress',
            name='refused_since',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='tenant',
            name='handover_minutes',
            field=models.PositiveSmallIntegerField(db_default=30, default=30, help_text='How long the assistant stays silent in a conversation after one of the team has written there.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10080)]),
        ),
        migrations.AddField(
            model_name='tenant',
            name='owner_paused_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='tenant',
            name='window_policy',
            field=models.CharField(choices=[('template', 'an approved template, else hold it'), ('other', "the person's other channel, else hold it"), ('hold', 'hold it until they write')], db_default='template', default='template', help_text='What to do with a message that the channel takes no more, as the person wrote too long ago.', max_length=10),
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.UUIDField(default=tenants_app.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=20)),
                ('category', models.CharField(max_length=60)),
                ('given', models.BooleanField()),
                ('source', models.CharField(choices=[('message', 'Message'), ('service', 'Service'), ('operator', 'Operator')], max_length=10)),
                ('words', models.CharField(blank=True, max_length=200)),
                ('at', models.DateTimeField()),
                ('stored_at', models.DateTimeField(auto_now_add=True)),
                ('contact', tenants_app.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tenants_app.contact')),
                ('tenant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants_app.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', 'contact', 'at'], name='tenants_app_tenant__7eb16c_idx')],
            },
        ),
        IsolateTable("Consent", append_only=True, unindexed=("contact",)),
    ]
