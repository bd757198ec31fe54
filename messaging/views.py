from rest_framework.views import APIView


class WhatsAppWebhook(APIView):
    pass


class TelegramWebhook(APIView):
    pass
