from django.http import HttpRequest, HttpResponse
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")
metrics = readyz = healthz
