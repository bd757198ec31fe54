"""The life folder with its history, facts, the framework's version, imported chats, and the index of the search."""

import django.contrib.postgres.search
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.comparison
import tenants_app.fields
import tenants_app.ids
from django.db import migrations, models
from tenants_app.isolation import IsolateTable


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenants_app', '0009_prompt_epoch'),
    ]

    operations = [
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.UUIDField(default=tenants_app.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('path', models.CharField(max_length=300)),
                ('title', models.CharField(blank=True, max_length=200)),
                ('about', models.CharField(blank=True, max_length=200)),
                ('content', models.TextField(blank=True)),
                ('number', models.PositiveIntegerField(default=1)),
                ('content_hash', models.CharField(max_length=64)),
                ('size', models.PositiveIntegerField(default=0)),
                ('audience', models.CharField(choices=[('owner', 'the owner'), ('team', 'the owner and the staff'), ('contact', 'the team, and the person whom it is about'), ('public', 'everybody who writes')], default='team', max_length=10)),
                ('locked', models.BooleanField(default=False, help_text='The assistant reads it and cannot change it.')),
                ('untrusted', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('changed_at', models.DateTimeField()),
                ('deleted_at', models.DateTimeField(blank=True, null=True)),
                ('contact', tenants_app.fields.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tenants_app.contact')),
                ('tenant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants_app.tenant')),
            ],
            options={
                'ordering': ('path',),
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.UUIDField(default=tenants_app.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('source', models.CharField(choices=[('message', 'Message'), ('imported', 'Imported'), ('document', 'Document'), ('fact', 'Fact')], max_length=10)),
                ('chat', models.UUIDField()),
                ('seq', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('audience', models.CharField(blank=True, choices=[('owner', 'the owner'), ('team', 'the owner and the staff'), ('contact', 'the team, and the person whom it is about'), ('public', 'everybody who writes')], max_length=10)),
                ('contact', models.UUIDField(null=True)),
                ('length', models.PositiveSmallIntegerField()),
                ('vector', django.contrib.postgres.search.SearchVectorField()),
                ('tenant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants_app.tenant')),
            ],
            options={
                'verbose_name_plural': 'entries',
            },
        ),
        migrations.CreateModel(
            name='Fact',
            fields=[
                ('id', models.UUIDField(default=tenants_app.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('subject', models.CharField(max_length=200)),
                ('subject_key', models.CharField(max_length=200)),
                ('predicate', models.CharField(max_length=100)),
                ('predicate_key', models.CharField(max_length=100)),
                ('value', models.TextField()),
                ('value_key', models.CharField(max_length=64)),
                ('several', models.BooleanField(default=False)),
                ('valid_from', models.DateTimeField()),
                ('valid_from_said', models.BooleanField(default=False)),
                ('valid_to', models.DateTimeField(blank=True, null=True)),
                ('recorded_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField()),
                ('times', models.PositiveIntegerField(default=1)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('spans', models.JSONField(default=list)),
                ('confidence', models.FloatField(default=1.0, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(1)])),
                ('origin', models.CharField(choices=[('owner', 'Owner'), ('staff', 'Staff'), ('operator', 'Operator'), ('customer', 'Customer'), ('web', 'Web'), ('tool', 'Tool'), ('import', 'Import')], max_length=10)),
                ('untrusted', models.BooleanField(default=False)),
                ('audience', models.CharField(choices=[('owner', 'the owner'), ('team', 'the owner and the staff'), ('contact', 'the team, and the person whom it is about'), ('public', 'everybody who writes')], default='team', max_length=10)),
                ('actor_kind', models.CharField(max_length=10)),
                ('actor', models.CharField(max_length=150)),
                ('turn_id', models.UUIDField(blank=True, null=True)),
                ('language', models.CharField(blank=True, max_length=10)),
                ('contact', tenants_app.fields.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tenants_app.contact')),
                ('replaced_by', tenants_app.fields.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='memory.fact')),
                ('tenant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants_app.tenant')),
            ],
        ),
        migrations.CreateModel(
            name='Folder',
            fields=[
                ('id', models.UUIDField(default=tenants_app.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=60)),
                ('about', models.CharField(blank=True, max_length=200)),
                ('growth', models.CharField(choices=[('rewrite', 'edited in place; one that is full must be shortened'), ('split', 'one that is full is continued in another document'), ('append', 'only added to, at the end')], default='split', max_length=10)),
                ('audience', models.CharField(choices=[('owner', 'the owner'), ('team', 'the owner and the staff'), ('contact', 'the team, and the person whom it is about'), ('public', 'everybody who writes')], default='team', max_length=10)),
                ('document_bytes', models.PositiveIntegerField(default=16000, help_text='How large a document may become, in bytes.', validators=[django.core.validators.MinValueValidator(200), django.core.validators.MaxValueValidator(100000)])),
                ('most_documents', models.PositiveIntegerField(default=500, validators=[django.core.validators.MinValueValidator(1)])),
                ('is_profile', models.BooleanField(default=False, help_text='Who the business is and what it forbids: only the owner changes it, through the chat.')),
                ('inline', models.BooleanField(default=False, help_text='Its documents stand in full in every prompt, as far as there is room.')),
                ('order', models.SmallIntegerField(default=100)),
                ('tenant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants_app.tenant')),
            ],
            options={
                'ordering': ('order', 'name'),
            },
        ),
        migrations.CreateModel(
            name='Framework',
            fields=[
                ('id', models.UUIDField(default=tenants_app.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField()),
                ('applied_at', models.DateTimeField()),
                ('applied_by', models.CharField(max_length=150)),
                ('tenant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants_app.tenant')),
            ],
        ),
        migrations.CreateModel(
            name='ImportedChat',
            fields=[
                ('id', models.UUIDField(default=tenants_app.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('last_seq', models.BigIntegerField(default=0)),
                ('imported_at', models.DateTimeField()),
                ('tenant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants_app.tenant')),
            ],
        ),
        migrations.CreateModel(
            name='ImportedMessage',
            fields=[
                ('id', models.UUIDField(default=tenants_app.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('external_id', models.CharField(max_length=300)),
                ('seq', models.BigIntegerField()),
                ('speaker', models.CharField(max_length=200)),
                ('text', models.TextField()),
                ('at', models.DateTimeField()),
                ('chat', tenants_app.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='memory.importedchat')),
                ('contact', tenants_app.fields.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tenants_app.contact')),
                ('tenant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants_app.tenant')),
            ],
        ),
        migrations.CreateModel(
            name='Revision',
            fields=[
                ('id', models.UUIDField(default=tenants_app.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('action', models.CharField(choices=[('created', 'Created'), ('edited', 'Edited'), ('renamed', 'Renamed'), ('deleted', 'Deleted'), ('restored', 'Restored'), ('settings', 'changed who sees it or the lock'), ('forgotten', 'had something taken out for good')], max_length=10)),
                ('path', models.CharField(max_length=300)),
                ('title', models.CharField(blank=True, max_length=200)),
                ('about', models.CharField(blank=True, max_length=200)),
                ('content', models.TextField(blank=True)),
                ('content_hash', models.CharField(max_length=64)),
                ('actor_kind', models.CharField(max_length=10)),
                ('actor', models.CharField(max_length=150)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('turn_id', models.UUIDField(blank=True, null=True)),
                ('restored_from', models.PositiveIntegerField(blank=True, null=True)),
                ('redacted_at', models.DateTimeField(blank=True, null=True)),
                ('at', models.DateTimeField()),
                ('document', tenants_app.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='memory.document')),
                ('tenant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants_app.tenant')),
            ],
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(fields=['tenant', 'changed_at'], name='memory_docu_tenant__30ec28_idx'),
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['tenant', 'audience', '-changed_at'], name='document_shown'),
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(models.F('tenant'), models.F('audience'), django.db.models.functions.comparison.Collate('path', 'C'), condition=models.Q(('deleted_at', None)), name='document_place'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.UniqueConstraint(condition=models.Q(('deleted_at', None)), fields=('tenant', 'path'), name='document_path_unique'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['tenant', 'chat', 'seq'], name='entry_neighbours'),
        ),
        migrations.AddIndex(
            model_name='fact',
            index=models.Index(fields=['tenant', 'subject_key', 'predicate_key', 'valid_from'], name='memory_fact_tenant__19e68f_idx'),
        ),
        migrations.AddIndex(
            model_name='fact',
            index=models.Index(condition=models.Q(('valid_to', None), ('withdrawn_at', None)), fields=['tenant', 'contact', 'audience', '-seen_at'], name='fact_held_of'),
        ),
        migrations.AddIndex(
            model_name='fact',
            index=models.Index(condition=models.Q(('valid_to__isnull', False), ('withdrawn_at', None)), fields=['tenant', 'contact', 'audience', 'valid_to'], name='fact_ends_of'),
        ),
        migrations.AddConstraint(
            model_name='fact',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='fact_interval'),
        ),
        migrations.AddConstraint(
            model_name='fact',
            constraint=models.UniqueConstraint(condition=models.Q(('several', False), ('valid_to', None), ('withdrawn_at', None)), fields=('tenant', 'subject_key', 'predicate_key'), name='fact_one_holds'),
        ),
        migrations.AddConstraint(
            model_name='fact',
            constraint=models.UniqueConstraint(condition=models.Q(('valid_to', None), ('withdrawn_at', None)), fields=('tenant', 'subject_key', 'predicate_key', 'value_key'), name='fact_once'),
        ),
        migrations.AddConstraint(
            model_name='folder',
            constraint=models.UniqueConstraint(fields=('tenant', 'name'), name='folder_name_unique'),
        ),
        migrations.AddConstraint(
            model_name='framework',
            constraint=models.UniqueConstraint(fields=('tenant', 'version'), name='framework_unique'),
        ),
        migrations.AddConstraint(
            model_name='importedchat',
            constraint=models.UniqueConstraint(fields=('tenant', 'name'), name='importedchat_name_unique'),
        ),
        migrations.AddConstraint(
            model_name='importedmessage',
            constraint=models.UniqueConstraint(fields=('tenant', 'chat', 'external_id'), name='importedmessage_unique'),
        ),
        migrations.AddConstraint(
            model_name='importedmessage',
            constraint=models.UniqueConstraint(deferrable=models.Deferrable['IMMEDIATE'], fields=('tenant', 'chat', 'seq'), name='importedmessage_seq_unique'),
        ),
        migrations.AddConstraint(
            model_name='revision',
            constraint=models.UniqueConstraint(fields=('tenant', 'document', 'number'), name='revision_number_unique'),
        ),
        IsolateTable("Folder"),
        IsolateTable("Document", referenced=True),
        IsolateTable("Revision", referenced=True, unindexed=("document",)),
        IsolateTable("Fact", referenced=True),
        IsolateTable("Framework"),
        IsolateTable("ImportedChat", referenced=True),
        IsolateTable("ImportedMessage", unindexed=("chat",)),
        IsolateTable("Entry"),
    ]
