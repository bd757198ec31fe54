"""Tenants' own tools, their credentials, and what was run."""

import django.core.validators
import django.db.models.deletion
import tenants_app.fields
import tenants_app.ids
from django.db import migrations, models

from tenants_app.isolation import IsolateTable


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenants_app', '0011_boundaries'),
    ]

    operations = [
        migrations.CreateModel(
            name='CustomTool',
            fields=[
                ('id', models.UUIDField(default=tenants_app.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(help_text='Lower-case letters, digits and underscores; Claude calls it by this name.', max_length=64, validators=[django.core.validators.RegexValidator('\\A[a-z][a-z0-9_]{0,63}\\Z', 'Use lower-case letters, digits and underscores.')])),
                ('enabled', models.BooleanField(default=True, help_text='Off: Claude is not offered it, whichever version is live.')),
                ('disabled_reason', models.CharField(blank=True, default='', max_length=300)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('changed_at', models.DateTimeField(auto_now=True)),
                ('tenant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants_app.tenant')),
            ],
            options={
                'verbose_name': 'tool',
            },
        ),
        migrations.CreateModel(
            name='ToolVersion',
            fields=[
                ('id', models.UUIDField(default=tenants_app.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('description', models.TextField(help_text='All that Claude knows of it: what it does, and when.', max_length=2000)),
                ('schema', tenants_app.fields.ExactJSONField(default=dict, help_text='JSON schema of the arguments: an object.')),
                ('source', models.TextField(help_text='Python with def run(args, context), which returns JSON.', max_length=100000)),
                ('hosts', models.JSONField(blank=True, default=list, help_text='Hosts it may reach, such as api.example.com.')),
                ('credentials', models.JSONField(blank=True, default=list, help_text='Such as {"name": "mls", "host": "api.example.com"}; without a host the script itself gets it.')),
                ('roles', models.JSONField(default=list, help_text='Who may use it: owner, staff, customer.')),
                ('autonomy', models.CharField(choices=[('auto', 'by itself'), ('confirm', 'after a tap by the owner'), ('owner', 'for the owner only')], default='auto', max_length=7)),
                ('effect', models.CharField(choices=[('none', 'only looks things up'), ('notes', "changes the business's own records"), ('outward', 'reaches somebody outside the business'), ('spends', 'spends money'), ('deletes', 'deletes something')], default='outward', max_length=7)),
                ('repeatable', models.BooleanField(default=False, help_text='Running it twice does the same as once.')),
                ('seconds', models.PositiveSmallIntegerField(default=30, help_text='Its time limit.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(120)])),
                ('memory_mb', models.PositiveSmallIntegerField(default=256, help_text='Its memory limit, in MiB.', validators=[django.core.validators.MinValueValidator(64), django.core.validators.MaxValueValidator(1024)])),
                ('tests', tenants_app.fields.ExactJSONField(default=list, help_text='Its self-test: [{"args": {...}, "returns": {...}}, ...]')),
                ('digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('green', 'Green'), ('red', 'Red')], default='draft', max_length=5)),
                ('report', tenants_app.fields.ExactJSONField(default=dict)),
                ('tested_at', models.DateTimeField(blank=True, null=True)),
                ('origin', models.CharField(blank=True, default='', max_length=150)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('tenant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants_app.tenant')),
                ('tool', tenants_app.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tooling.customtool')),
            ],
        ),
        migrations.CreateModel(
            name='Execution',
            fields=[
                ('id', models.UUIDField(default=tenants_app.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('tool', 'Tool'), ('try', 'Try'), ('self_test', 'self-test'), ('delivery', 'Delivery'), ('occurrence', 'scheduled task')], default='tool', max_length=10)),
                ('name', models.CharField(max_length=64)),
                ('number', models.PositiveIntegerField(default=0)),
                ('conversation_id', models.UUIDField(blank=True, null=True)),
                ('session_id', models.UUIDField(blank=True, null=True)),
                ('turn_id', models.UUIDField(blank=True, null=True)),
                ('call_id', models.CharField(blank=True, default='', max_length=100)),
                ('role', models.CharField(blank=True, default='', max_length=10)),
                ('arguments_hash', models.CharField(blank=True, default='', max_length=64)),
                ('outcome', models.CharField(choices=[('ok', 'done'), ('error', 'failed'), ('timeout', 'took too long'), ('killed', 'stopped by a limit'), ('refused', 'not allowed'), ('unknown', 'cut off, outcome unknown')], max_length=7)),
                ('signature', models.CharField(blank=True, default='', max_length=200)),
                ('error', models.TextField(blank=True, default='', max_length=8000)),
                ('started_at', models.DateTimeField()),
                ('ms', models.PositiveIntegerField(default=0)),
                ('result_bytes', models.PositiveIntegerField(default=0)),
                ('requests', tenants_app.fields.ExactJSONField(default=list)),
                ('tainted', models.BooleanField(default=False)),
                ('tenant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants_app.tenant')),
                ('version', tenants_app.fields.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tooling.toolversion')),
            ],
            options={
                'verbose_name': 'run',
            },
        ),
        migrations.AddField(
            model_name='customtool',
            name='live',
            field=tenants_app.fields.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tooling.toolversion'),
        ),
        migrations.CreateModel(
            name='Credential',
            fields=[
                ('id', models.UUIDField(default=tenants_app.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(help_text='By which tools declare it.', max_length=64, validators=[django.core.validators.RegexValidator('\\A[a-z][a-z0-9_]{0,63}\\Z', 'Use lower-case letters, digits and underscores.')])),
                ('kind', models.CharField(choices=[('api_key', 'API key'), ('bearer', 'bearer token'), ('basic', 'user and password')], default='api_key', max_length=7)),
                ('header', models.CharField(blank=True, default='', help_text='Of an API key: the header it goes in.', max_length=100)),
                ('parameter', models.CharField(blank=True, default='', help_text='Of an API key that goes into the address: the parameter.', max_length=100)),
                ('check_url', models.URLField(blank=True, default='', help_text='Read with GET, it tells whether the credential is valid.', max_length=500)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('health', models.CharField(choices=[('unknown', 'not checked'), ('works', 'Works'), ('refused', 'Refused'), ('unreached', 'service not reached')], default='unknown', max_length=9)),
                ('health_detail', models.CharField(blank=True, default='', max_length=300)),
                ('checked_at', models.DateTimeField(blank=True, null=True)),
                ('used_at', models.DateTimeField(blank=True, null=True)),
                ('uses', models.PositiveBigIntegerField(default=0)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('changed_at', models.DateTimeField(auto_now=True)),
                ('secret', tenants_app.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants_app.secret')),
                ('tenant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants_app.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'name'), name='credential_name_unique')],
            },
        ),
        migrations.AddConstraint(
            model_name='toolversion',
            constraint=models.UniqueConstraint(fields=('tenant', 'tool', 'number'), name='toolversion_number_unique'),
        ),
        migrations.AddIndex(
            model_name='execution',
            index=models.Index(fields=['tenant', 'name', '-started_at'], name='execution_of_name'),
        ),
        migrations.AddIndex(
            model_name='execution',
            index=models.Index(fields=['tenant', '-started_at'], name='execution_newest'),
        ),
        migrations.AddConstraint(
            model_name='execution',
            constraint=models.UniqueConstraint(condition=models.Q(('turn_id__isnull', False), models.Q(('call_id', ''), _negated=True)), fields=('tenant', 'kind', 'turn_id', 'call_id'), name='execution_call_unique'),
        ),
        migrations.AddConstraint(
            model_name='customtool',
            constraint=models.UniqueConstraint(fields=('tenant', 'name'), name='customtool_name_unique'),
        ),
        # the two refer to each other, so what the first one's key refers to comes before it
        migrations.RunSQL(
            "ALTER TABLE tooling_toolversion ADD CONSTRAINT tooling_toolversion_tenant_id_uniq UNIQUE (tenant_id, id)",
            migrations.RunSQL.noop,
        ),
        IsolateTable("CustomTool", referenced=True),
        IsolateTable("ToolVersion", unindexed=("tool",)),
        IsolateTable("Execution"),
        IsolateTable("Credential"),
    ]
