from datetime import date, timedelta

DAYS = {"hot": 1, "warm": 2, "cold": 7}
MESSAGES = {
    ("en", "hot"): "Hi {first}, thank you for coming to {address}. Would you like to see it again, or talk about an "
    "offer? I can make time today or tomorrow.{signed}",
    ("en", "warm"): "Hi {first}, thank you for visiting {address}. What did you think of it? I am glad to answer "
    "questions, or to show you similar homes.{signed}",
    ("en", "cold"): "Hi {first}, thank you for stopping by {address}. If you are still looking, tell me what matters "
    "most to you and I will keep an eye out.{signed}",
    ("es", "hot"): "Hola {first}, gracias por venir a {address}. ¿Te gustaría verla otra vez o hablar de una oferta? "
    "Puedo hacer un hueco hoy o mañana.{signed}",
    ("es", "warm"): "Hola {first}, gracias por visitar {address}. ¿Qué te pareció? Con gusto respondo a tus preguntas "
    "o te muestro casas parecidas.{signed}",
    ("es", "cold"): "Hola {first}, gracias por pasar por {address}. Si sigues buscando, dime qué es lo más importante "
    "para ti y estaré al pendiente.{signed}",
}


def run(args, context):
    held_on = day(args["held_on"])
    signed = f" {args['agent']}" if args.get("agent") else ""
    plan, left_out, seen = [], [], set()
    for visitor in args["visitors"]:
        key = (visitor.get("contact") or visitor["name"]).casefold().strip()
        if visitor.get("has_agent"):
            left_out.append({"name": visitor["name"], "why": "works with an agent already"})
        elif key in seen:
            left_out.append({"name": visitor["name"], "why": "stands on the list twice"})
        else:
            seen.add(key)
            plan.append(follow_up(visitor, held_on, args["address"], signed, context.language))
    plan.sort(key=lambda each: each["send_on"])
    return {"planned": len(plan), "plan": plan, "left_out": left_out}


def follow_up(visitor, held_on, address, signed, language):
    interest = visitor.get("interest", "warm")
    words = MESSAGES[visitor.get("language") or ("es" if language == "es" else "en"), interest]
    send_on = held_on + timedelta(days=DAYS[interest])
    return {
        "name": visitor["name"],
        "contact": visitor.get("contact", ""),
        "interest": interest,
        "send_on": send_on.isoformat(),
        "weekday": send_on.strftime("%A"),
        "message": words.format(first=visitor["name"].split()[0], address=address, signed=signed),
        "remark": visitor.get("remark", ""),
    }


def day(text):
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text} is no day of the calendar.") from None
