"""WhatsApp Business Cloud API, as Meta documents it: https://developers.facebook.com/docs/whatsapp/cloud-api."""

from messaging.channels.whatsapp.channel import WhatsApp

channel = WhatsApp()
