"""Scheduled tasks and their occurrences."""

import django.core.validators
import django.db.models.deletion
import tenants_app.fields
import tenants_app.ids
import tenants_app.models.tenant
from django.db import migrations, models

from tenants_app.isolation import IsolateTable


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('messaging', '0013_erasure'),
        ('tenants_app', '0010_schedules'),
    ]

    operations = [
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.UUIDField(default=tenants_app.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('reminder', 'reminder'), ('task', 'task')], default='reminder', max_length=10)),
                ('title', models.CharField(help_text='A few words by which people know it.', max_length=200)),
                ('instruction', models.TextField(help_text="The reminder's words as they are sent, or what the assistant is to do.", max_length=2000)),
                ('phrase', models.CharField(blank=True, help_text='When, as it was said.', max_length=500)),
                ('rule', models.TextField(max_length=1000)),
                ('timezone', models.CharField(blank=True, default='', help_text="An IANA name, such as America/Chicago. Empty: the tenant's.", max_length=64, validators=[tenants_app.models.tenant.validate_timezone])),
                ('state', models.CharField(choices=[('active', 'Active'), ('paused', 'Paused'), ('done', 'Done'), ('disabled', 'Disabled')], default='active', max_length=10)),
                ('state_reason', models.CharField(blank=True, default='', max_length=300)),
                ('next_run_at', models.DateTimeField(blank=True, null=True)),
                ('placed_in', models.CharField(blank=True, default='', max_length=64)),
                ('misfire', models.CharField(choices=[('skip', 'skip it'), ('once', 'run once, if it is not too late'), ('all', 'run each, up to a number')], default='once', help_text='What becomes of a time that passed while nothing ran.', max_length=5)),
                ('misfire_seconds', models.PositiveIntegerField(default=43200, help_text='So long after its time it is still worth running.', validators=[django.core.validators.MinValueValidator(60), django.core.validators.MaxValueValidator(2592000)])),
                ('misfire_most', models.PositiveSmallIntegerField(default=5, help_text='Of times that are all run later: how many, the newest ones.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(50)])),
                ('in_quiet_hours', models.BooleanField(default=False, help_text='It runs in quiet hours too.')),
                ('tainted', models.BooleanField(default=False)),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('created_by', models.CharField(blank=True, default='', max_length=150)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('changed_at', models.DateTimeField(auto_now=True)),
                ('contact', tenants_app.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants_app.contact')),
                ('conversation', tenants_app.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='messaging.conversation')),
                ('tenant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants_app.tenant')),
            ],
        ),
        migrations.CreateModel(
            name='Occurrence',
            fields=[
                ('id', models.UUIDField(default=tenants_app.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('scheduled_for', models.DateTimeField()),
                ('last_for', models.DateTimeField(blank=True, null=True)),
                ('times', models.PositiveIntegerField(default=1)),
                ('trigger', models.CharField(choices=[('time', 'Time'), ('asked', 'Asked')], default='time', max_length=5)),
                ('state', models.CharField(choices=[('due', 'Due'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('skipped', 'Skipped')], default='due', max_length=8)),
                ('reason', models.CharField(blank=True, default='', max_length=300)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('epoch', models.BigIntegerField(default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('worker', models.CharField(blank=True, default='', max_length=100)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('began_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('output', models.TextField(blank=True, default='')),
                ('message', tenants_app.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='messaging.message')),
                ('tenant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants_app.tenant')),
                ('task', tenants_app.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='scheduling.task')),
            ],
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('next_run_at__isnull', False)), fields=['next_run_at'], name='task_due'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(fields=['tenant', 'state', 'next_run_at'], name='task_listed'),
        ),
        migrations.AddIndex(
            model_name='occurrence',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['tenant', 'due_at'], name='occurrence_due'),
        ),
        migrations.AddIndex(
            model_name='occurrence',
            index=models.Index(condition=models.Q(('state', 'running')), fields=['tenant', 'began_at'], name='occurrence_running'),
        ),
        migrations.AddIndex(
            model_name='occurrence',
            index=models.Index(condition=models.Q(('began_at__isnull', False)), fields=['tenant', 'began_at'], name='occurrence_begun'),
        ),
        migrations.AddConstraint(
            model_name='occurrence',
            constraint=models.UniqueConstraint(fields=('tenant', 'task', 'scheduled_for'), name='occurrence_unique'),
        ),
        IsolateTable("Task", referenced=True),
        IsolateTable("Occurrence", unindexed=("task",)),
    ]
