from django.db import migrations

from tenants_app.isolation import IsolateTable


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial"), ("tenants_app", "0002_isolation")]

    operations = [
        IsolateTable("ChannelAccount", referenced=True),
        IsolateTable("PairingCode"),
        IsolateTable("Conversation", referenced=True, unindexed=("account",)),
        IsolateTable("Work", unindexed=("conversation",)),
        IsolateTable("Lane"),
        IsolateTable("Session", referenced=True, unindexed=("conversation",)),
        IsolateTable("Turn", referenced=True, unindexed=("conversation", "session")),
        IsolateTable("TurnStep", append_only=True, unindexed=("turn",)),
        IsolateTable("Message", referenced=True, unindexed=("account", "conversation")),
        IsolateTable("Delivery", referenced=True, unindexed=("conversation",)),
        IsolateTable("DeliveryStatus", append_only=True),
        IsolateTable("DeadLetter", append_only=True),
    ]
