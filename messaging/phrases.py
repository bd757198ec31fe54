"""What the product itself says to people when Claude cannot: plain, in their language, never a raw error."""

from __future__ import annotations

from collections.abc import Mapping

PHRASES: dict[str, dict[str, str]] = {
    "apology": {
        "en": "I'm sorry, I couldn't answer that just now. Please try again in a little while.",
        "es": "Lo siento, ahora mismo no he podido responder. Inténtalo de nuevo dentro de un rato, por favor.",
    },
    "later": {
        "en": "I can't answer right now. Your message is kept, and you'll get the answer as soon as I'm back.",
        "es": "Ahora mismo no puedo responder. Tu mensaje queda guardado y tendrás la respuesta en cuanto vuelva.",
    },
    "stopped_midway": {
        "en": "I had to stop in the middle of this, and a part of it may be done already. Please ask me again.",
        "es": "He tenido que parar a la mitad de esto, y puede que una parte ya esté hecha. Pídemelo otra vez, por "
        "favor.",
    },
    "file_lost": {
        "en": "I couldn't get the file you sent: it is no longer there for me. Could you send it again?",
        "es": "No he podido abrir el archivo que enviaste: ya no está disponible para mí. ¿Puedes enviarlo otra vez?",
    },
    "voice_unheard": {
        "en": "I couldn't listen to your voice message after all. Could you write to me what you said?",
        "es": "Al final no he podido escuchar tu mensaje de voz. ¿Puedes escribirme lo que decías?",
    },
    "budget_owner_day": {
        "en": "Today's budget for your assistant (${limit}) is used up, so I can't answer before tomorrow at 00:00. "
        "Your message is kept; write again then. To go on today, ask whoever runs this assistant to raise the budget.",
        "es": "El presupuesto de hoy para tu asistente ({limit} $) se ha agotado, así que no puedo responder hasta "
        "mañana a las 00:00. Tu mensaje queda guardado; escríbeme entonces. Para seguir hoy, pide a quien lleva este "
        "asistente que lo amplíe.",
    },
    "budget_owner_month": {
        "en": "This month's budget for your assistant (${limit}) is used up, so I can't answer before the first of "
        "next month. Your message is kept; write again then. To go on before that, ask whoever runs this assistant "
        "to raise the budget.",
        "es": "El presupuesto de este mes para tu asistente ({limit} $) se ha agotado, así que no puedo responder "
        "hasta el día 1 del mes que viene. Tu mensaje queda guardado; escríbeme entonces. Para seguir antes, pide a "
        "quien lleva este asistente que lo amplíe.",
    },
    "budget_staff_day": {
        "en": "The assistant's budget for today is used up, so I can't answer before tomorrow at 00:00. Your message "
        "is kept; write again then. The owner can have the budget raised.",
        "es": "El presupuesto de hoy del asistente se ha agotado, así que no puedo responder hasta mañana a las "
        "00:00. Tu mensaje queda guardado; escríbeme entonces. El propietario puede pedir que se amplíe.",
    },
    "budget_staff_month": {
        "en": "The assistant's budget for this month is used up, so I can't answer before the first of next month. "
        "Your message is kept; write again then. The owner can have the budget raised.",
        "es": "El presupuesto de este mes del asistente se ha agotado, así que no puedo responder hasta el día 1 del "
        "mes que viene. Tu mensaje queda guardado; escríbeme entonces. El propietario puede pedir que se amplíe.",
    },
    "budget_customer": {
        "en": "I'm sorry, I can't answer for now. Your message has arrived and is kept for the team. If it is urgent, "
        "please reach them another way.",
        "es": "Lo siento, por ahora no puedo responder. Tu mensaje ha llegado y queda guardado para el equipo. Si es "
        "urgente, ponte en contacto con ellos por otra vía, por favor.",
    },
    "budget_early_day": {
        "en": "Your assistant has used {percent} % of today's budget (${spent} of ${limit}). When it is used up I "
        "can't answer before tomorrow at 00:00, unless whoever runs this assistant raises it.",
        "es": "Tu asistente ha gastado el {percent} % del presupuesto de hoy ({spent} $ de {limit} $). Cuando se agote "
        "no podré responder hasta mañana a las 00:00, salvo que quien lleva este asistente lo amplíe.",
    },
    "budget_early_month": {
        "en": "Your assistant has used {percent} % of this month's budget (${spent} of ${limit}). When it is used up "
        "I can't answer before the first of next month, unless whoever runs this assistant raises it.",
        "es": "Tu asistente ha gastado el {percent} % del presupuesto de este mes ({spent} $ de {limit} $). Cuando se "
        "agote no podré responder hasta el día 1 del mes que viene, salvo que quien lleva este asistente lo amplíe.",
    },
    "account_trouble": {
        "en": "There is a problem with your assistant's account {account}. {text}\n\nWhat to do: {fix}",
        "es": "Hay un problema con la cuenta de tu asistente {account}. {text}\n\nQué hacer: {fix}",
    },
    "refused": {
        "en": "I'm sorry, I can't help with that.",
        "es": "Lo siento, con eso no puedo ayudarte.",
    },
    "too_long": {
        "en": "Our conversation had grown too long for me to hold, so I've begun a new page. Please tell me again.",
        "es": "La conversación se había hecho demasiado larga y he abierto otra página. Dímelo otra vez, por favor.",
    },
    "unfinished": {
        "en": "I didn't get to the end of that: it took more steps than I may take at once. Shall I go on?",
        "es": "No he llegado al final: hacían falta más pasos de los que puedo dar de una vez. ¿Sigo?",
    },
    "introduction": {
        "en": "Hello! I'm the AI assistant of {business}. If you would rather talk with a person, just say so.",
        "es": "¡Hola! Soy el asistente de inteligencia artificial de {business}. Si prefieres hablar con una persona, "
        "dímelo.",
    },
    "front_desk_off": {
        "en": "Thank you for writing to {business}. This is an automatic reply: the team will see your message.",
        "es": "Gracias por escribir a {business}. Esta es una respuesta automática: el equipo verá tu mensaje.",
    },
    "person_asked": {
        "en": "{name} ({channel}) asks for a person. It is about: {reason}",
        "es": "{name} ({channel}) pide hablar con una persona. Se trata de: {reason}",
    },
    "confirm_own": {
        "en": "I need your word for this: *{tool}* with",
        "es": "Necesito tu permiso para esto: *{tool}* con",
    },
    "confirm_for": {
        "en": "In the chat with {name} ({channel}) I am to do this: *{tool}* with",
        "es": "En el chat con {name} ({channel}) debo hacer esto: *{tool}* con",
    },
    "confirm_why_outside": {
        "en": "I ask because words from outside (a forward, a file, a page, what others wrote) may have led to it.",
        "es": "Te pregunto porque palabras de fuera (un reenvío, un archivo, una página, lo que otros escribieron) "
        "pueden haber llevado a esto.",
    },
    "confirm_why_quiet": {
        "en": "It would go out in the quiet hours.",
        "es": "Saldría en las horas de silencio.",
    },
    "confirm_question": {
        "en": "Shall I do exactly that ({tool})? This works once, within {minutes} minutes.",
        "es": "¿Hago exactamente eso ({tool})? Vale una sola vez, durante {minutes} minutos.",
    },
    "confirm_yes": {"en": "Allow", "es": "Permitir"},
    "confirm_no": {"en": "Don't", "es": "No"},
    "confirm_allowed": {"en": "Allowed. I do it now.", "es": "Permitido. Lo hago ahora."},
    "confirm_allowed_later": {
        "en": "Allowed. It waits: I'm paused, or one of the team has that chat. If I can go on within {minutes} "
        "minutes, I do it then; after that, ask me again.",
        "es": "Permitido. Queda a la espera: estoy en pausa, o alguien del equipo lleva ese chat. Si puedo seguir en "
        "los próximos {minutes} minutos, lo hago; después, pídemelo otra vez.",
    },
    "confirm_declined": {"en": "Not done.", "es": "No se ha hecho."},
    "confirm_done": {"en": "You have allowed that already.", "es": "Eso ya lo habías permitido."},
    "confirm_done_no": {
        "en": "You had allowed that before: it may be done already.",
        "es": "Ya lo habías permitido antes: puede que ya esté hecho.",
    },
    "confirm_late": {
        "en": "Too late, these buttons no longer count: ask me again.",
        "es": "Demasiado tarde, esos botones ya no valen: pídemelo otra vez.",
    },
    "confirm_which": {
        "en": "More than one thing waits for you. Please tap a button of the one that you mean.",
        "es": "Hay más de una cosa esperándote. Toca un botón de la que quieras decir, por favor.",
    },
    "confirm_not_yours": {
        "en": "Only the owner can allow that.",
        "es": "Eso solo lo puede permitir el propietario.",
    },
    "sent_receipt": {"en": "✓ Sent to {name} ({channel})", "es": "✓ Enviado a {name} ({channel})"},
    "withheld": {
        "en": "Somebody of the team will get back to you about that.",
        "es": "Alguien del equipo te responderá sobre eso.",
    },
    "withheld_price": {
        "en": "my answer named a price, which this business does not want, so I did not send it",
        "es": "mi respuesta decía un precio, y este negocio no lo quiere, así que no la he enviado",
    },
    "withheld_contact": {
        "en": "my answer told how somebody else is reached, so I did not send it",
        "es": "mi respuesta decía cómo contactar con otra persona, así que no la he enviado",
    },
    "command_help": {
        "en": "I'm the assistant of {business}. Write what you need in your own words, or one of these:\n\n{commands}",
        "es": "Soy el asistente de {business}. Escribe lo que necesitas con tus palabras, o una de estas "
        "órdenes:\n\n{commands}",
    },
    "command_help_customer": {
        "en": "I'm the AI assistant of {business}. Ask what you want to know, or write one of these:\n\n{commands}",
        "es": "Soy el asistente de IA de {business}. Pregunta lo que quieras saber, o escribe una de estas "
        "órdenes:\n\n{commands}",
    },
    "command_help_words": {
        "en": "The word alone, without the slash, does it too.",
        "es": "También basta la palabra sola, sin la barra.",
    },
    "command_unknown": {
        "en": "I don't know that command. {help} shows those that there are.",
        "es": "No conozco esa orden. {help} muestra las que hay.",
    },
    "command_private": {
        "en": "Please write me that in a chat of our own.",
        "es": "Escríbemelo en un chat a solas, por favor.",
    },
    "command_new": {
        "en": "All right, we begin anew: I'm no longer thinking of what was said so far.",
        "es": "De acuerdo, empezamos de nuevo: ya no tengo en cuenta lo que dijimos hasta ahora.",
    },
    "command_status_working": {
        "en": "{account}: working",
        "es": "{account}: funciona",
    },
    "command_status_refused": {
        "en": "{account}: refused by the service; whoever runs this assistant has to renew its access",
        "es": "{account}: el servicio lo rechaza; quien lleva este asistente tiene que renovar el acceso",
    },
    "command_status_active": {
        "en": "Answering",
        "es": "Contestando",
    },
    "command_status_paused": {
        "en": "Paused by the owner since {since}; /resume ends that",
        "es": "En pausa por el propietario desde {since}; /resume la termina",
    },
    "command_status_paused_by_operator": {
        "en": "Paused since {since} by whoever runs this assistant",
        "es": "En pausa desde {since} por quien lleva este asistente",
    },
    "command_status_spent": {
        "en": "Spent today: ${spent} of ${limit}",
        "es": "Gastado hoy: {spent} $ de {limit} $",
    },
    "command_status_alerts": {
        "en": "Open alerts: {count}",
        "es": "Avisos abiertos: {count}",
    },
    "command_paused": {
        "en": "Paused: I answer nobody until you write /resume. What people write is kept and answered then.",
        "es": "En pausa: no contesto a nadie hasta que escribas /resume. Lo que escriban se guarda y se contesta "
        "entonces.",
    },
    "command_paused_already": {
        "en": "I was paused already. /resume has me go on.",
        "es": "Ya estaba en pausa. Con /resume sigo.",
    },
    "command_paused_owner": {
        "en": "I'm paused, as you asked. Your message is kept; write /resume to have me go on.",
        "es": "Estoy en pausa, como pediste. Tu mensaje queda guardado; escribe /resume para que siga.",
    },
    "command_resumed": {
        "en": "I'm back, and answer what was written meanwhile.",
        "es": "Ya estoy de vuelta y contesto lo que se escribió entretanto.",
    },
    "command_not_paused": {
        "en": "I wasn't paused.",
        "es": "No estaba en pausa.",
    },
    "command_resumed_not_yet": {
        "en": "Whoever runs this assistant has paused it, so I can't go on yet. Your own pause, if there was one, "
        "is over.",
        "es": "Quien lleva este asistente lo ha puesto en pausa, así que todavía no puedo seguir. Tu propia pausa, "
        "si la había, ha terminado.",
    },
    "command_feedback": {
        "en": "Thank you, that is noted.",
        "es": "Gracias, queda anotado.",
    },
    "command_feedback_empty": {
        "en": "What would you like to say? Write {example} and your words behind it.",
        "es": "¿Qué quieres decir? Escribe {example} y detrás tus palabras.",
    },
    "command_invite": {
        "en": "Send this link to the person you want to invite. Whoever opens it first is one of the staff of "
        "{business}; it works once, within {minutes} minutes:\n\n{link}",
        "es": "Envía este enlace a quien quieras invitar. Quien lo abra primero será parte del equipo de "
        "{business}; sirve una vez, durante {minutes} minutos:\n\n{link}",
    },
    "command_invite_named": {
        "en": "Send this link to {name}. Whoever opens it first is one of the staff of {business}; it works once, "
        "within {minutes} minutes:\n\n{link}",
        "es": "Envía este enlace a {name}. Quien lo abra primero será parte del equipo de {business}; sirve una "
        "vez, durante {minutes} minutos:\n\n{link}",
    },
    "command_start": {
        "en": "Hello! I'm the assistant of {business}. Just write what you need; /help shows what I can do.",
        "es": "¡Hola! Soy el asistente de {business}. Escribe lo que necesites; /help muestra lo que puedo hacer.",
    },
    "opted_out": {
        "en": "You will get no more messages from us that you did not ask for. Write START to get them again.",
        "es": "No recibirás más mensajes nuestros que no hayas pedido. Escribe ALTA para volver a recibirlos.",
    },
    "opted_out_team": {
        "en": "I'll send you no more reminders or other messages that you did not ask for. What you write I still "
        "answer. Write START to get them again.",
        "es": "Ya no te enviaré recordatorios ni otros mensajes que no hayas pedido. A lo que escribas sigo "
        "contestando. Escribe ALTA para volver a recibirlos.",
    },
    "opted_in": {
        "en": "You will get our messages again. Write STOP to end that.",
        "es": "Volverás a recibir nuestros mensajes. Escribe BAJA para dejar de recibirlos.",
    },
    "paired_owner": {
        "en": "Welcome! This chat is linked to {business} now, and I know you as its owner. Write what you need; "
        "/help shows what I can do.",
        "es": "¡Hola! Este chat queda vinculado a {business} y te reconozco como su propietario. Escribe lo que "
        "necesites; /help muestra lo que puedo hacer.",
    },
    "paired_staff": {
        "en": "Welcome! This chat is linked to {business} now, and I know you as one of its staff. Write what you "
        "need; /help shows what I can do.",
        "es": "¡Hola! Este chat queda vinculado a {business} y te reconozco como parte de su equipo. Escribe lo que "
        "necesites; /help muestra lo que puedo hacer.",
    },
    "pairing_refused": {
        "en": "That code links nobody. Ask whoever sent it for a new link.",
        "es": "Ese código no vincula a nadie. Pide un enlace nuevo a quien te lo envió.",
    },
    "memory_nothing": {
        "en": "I've written nothing down of you yet. What you tell me that matters later, I keep.",
        "es": "Todavía no he anotado nada de ti. Lo que me cuentes y vaya a importar más adelante, lo guardo.",
    },
    "memory_begins": {
        "en": "This is what I remember of you:",
        "es": "Esto es lo que recuerdo de ti:",
    },
    "memory_fact": {
        "en": "- {said} (noted on {on})",
        "es": "- {said} (anotado el {on})",
    },
    "memory_fact_from": {
        "en": "- {said} ({who}, {on}, over {channel})",
        "es": "- {said} ({who}, {on}, por {channel})",
    },
    "memory_document": {
        "en": "- {name}: {about} (last changed on {on})",
        "es": "- {name}: {about} (último cambio el {on})",
    },
    "memory_more": {
        "en": "… and {count} more.",
        "es": "… y {count} más.",
    },
    "memory_more_documents": {
        "en": "… and {count} more documents.",
        "es": "… y {count} documentos más.",
    },
    "memory_forget": {
        "en": "Tell me what of it is wrong, or what I should forget, and I will: “forget my budget”.",
        "es": "Dime qué está mal o qué debo olvidar, y lo hago: «olvida mi presupuesto».",
    },
    "zone_changed": {
        "en": "My clock is set to another time zone now: {zone}. What is scheduled ({count}) keeps its times of the "
        "day and comes by that clock.",
        "es": "Mi reloj va ahora con otra zona horaria: {zone}. Lo programado ({count}) mantiene sus horas del día y "
        "llega según ese reloj.",
    },
    "tools_none": {
        "en": "There are no tools of your own that you may use. Whoever runs this assistant can add some.",
        "es": "No hay herramientas propias que puedas usar. Quien lleva este asistente puede añadirlas.",
    },
    "tools_begin": {"en": "Your own tools:", "es": "Tus herramientas:"},
    "tools_working": {
        "en": "- {name}: works; {good} of its last {count} runs went well, the newest on {on}",
        "es": "- {name}: funciona; salieron bien {good} de las últimas {count} veces, la más reciente el {on}",
    },
    "tools_failed": {
        "en": "- {name}: failed last time, on {on}; {good} of its last {count} runs went well",
        "es": "- {name}: la última vez falló, el {on}; salieron bien {good} de las últimas {count} veces",
    },
    "tools_unused": {"en": "- {name}: not used yet", "es": "- {name}: aún sin usar"},
    "tools_unready": {
        "en": "- {name}: not ready yet, its self-test has not passed",
        "es": "- {name}: aún no está lista, no ha pasado su prueba",
    },
    "tools_off": {"en": "- {name}: switched off{reason}", "es": "- {name}: desactivada{reason}"},
    "receipt_forgotten": {
        "en": "✓ Forgotten for good (facts: {facts}, messages: {messages}, documents: {documents})",
        "es": "✓ Olvidado para siempre (datos: {facts}, mensajes: {messages}, documentos: {documents})",
    },
    "receipt_tool": {
        "en": "✓ {tool}: “{words}” ({time})",
        "es": "✓ {tool}: «{words}» ({time})",
    },
    "receipt_tool_done": {
        "en": "✓ {tool}: done ({time})",
        "es": "✓ {tool}: hecho ({time})",
    },
    "receipt_tool_unknown": {
        "en": "? {tool}: outcome unknown ({time})",
        "es": "? {tool}: no se sabe si se hizo ({time})",
    },
    "held_reminder": {"en": "(From {at}.)", "es": "(Del {at}.)"},
    "receipt_call_unknown": {
        "en": "? {tool}: outcome unknown",
        "es": "? {tool}: no se sabe si se hizo",
    },
}


def phrase(key: str, language: str, **values: str) -> str:
    """The phrase in the language (an IETF tag), else in English, with the values in their places."""
    return worded(PHRASES[key], language, **values)


def worded(spoken: Mapping[str, str], language: str, **values: str) -> str:
    """Of words in several languages those in this one, as `phrase` does."""
    return spoken.get(language.partition("-")[0].lower(), spoken["en"]).format(**values)
