"""Why a phrase is no rule, with a hint to whoever said it, in their language."""

from __future__ import annotations

from typing import Literal

Code = Literal["unrecognized", "past", "ambiguous", "too_frequent"]

HINTS: dict[str, tuple[Code, str, str]] = {
    "nothing": (
        "unrecognized",
        "Say when, for example “tomorrow at 9am”, “in 20 minutes” or “every weekday at 8:30”.",
        "Di cuándo, por ejemplo «mañana a las 9», «en 20 minutos» o «de lunes a viernes a las 8:30».",
    ),
    "left": (
        "unrecognized",
        (
            "I do not understand “{words}” as part of a time. Say the day and the time, for example “on March "
            "20 at 9am”; "
            "if it belongs to the task, put the task in quotes."
        ),
        (
            "No entiendo «{words}» como parte de una fecha u hora. Di el día y la hora, por ejemplo «el 20 de "
            "marzo a las "
            "9»; si es parte de la tarea, pon la tarea entre comillas."
        ),
    ),
    "vague": (
        "unrecognized",
        "“{words}” is no time I can keep. Say a day and a time, for example “today at 5pm” or “in 20 minutes”.",
        "«{words}» no es un momento exacto. Di un día y una hora, por ejemplo «hoy a las 5» o «en 20 minutos».",
    ),
    "impossible": (
        "unrecognized",
        "That day or time does not exist. Check the date and the hour.",
        "Ese día o esa hora no existe. Revisa la fecha y la hora.",
    ),
    "hour": (
        "ambiguous",
        "The hour and the part of the day do not fit. Say for example “9am” or “21:00”.",
        "La hora y la parte del día no encajan. Di por ejemplo «las 9 de la mañana» o «las 21:00».",
    ),
    "minutes": (
        "ambiguous",
        "That may be one time or two. Say “8:20” or “at 8 and at 20:00”.",
        "Eso puede ser una hora o dos. Di «a las 8:20» o «a las 8 y a las 20».",
    ),
    "conflict": (
        "ambiguous",
        (
            "There is more than one day or time in that. Say one at a time, for example “Friday at 4pm”; "
            "if one of them belongs to the task, put the task in quotes."
        ),
        (
            "Ahí hay más de un día u hora. Di uno a la vez, por ejemplo «el viernes a las 4»; si uno es parte de la "
            "tarea, pon la tarea entre comillas."
        ),
    ),
    "or": (
        "ambiguous",
        "“{words}” leaves open which of them is meant. Say one of them.",
        "«{words}» deja abierto cuál de los dos es. Di uno.",
    ),
    "order": (
        "ambiguous",
        "That date can be read in two ways. Write the month as a word, for example “April 3”.",
        "Esa fecha se puede leer de dos maneras. Escribe el mes con letras, por ejemplo «3 de abril».",
    ),
    "two_meanings": (
        "ambiguous",
        (
            "That is used for two different things. Say for example “every two weeks on Friday”, “the second "
            "Tuesday of "
            "every month” or “on the 1st and the 15th”."
        ),
        (
            "Eso se usa para dos cosas distintas. Di por ejemplo «cada dos semanas el viernes», «el segundo "
            "martes de cada "
            "mes» o «el 1 y el 15 de cada mes»."
        ),
    ),
    "how_often": (
        "ambiguous",
        "Say at what times or on what days, for example “every day at 9am and 5pm” or “every Monday and Thursday”.",
        "Di a qué horas o qué días, por ejemplo «todos los días a las 9 y a las 17» o «todos los lunes y jueves».",
    ),
    "attribute": (
        "ambiguous",
        (
            "It is not clear whether “{words}” says when. Say for example “every day at 8am” or “on Monday at "
            "8am”, or put "
            "the task in quotes."
        ),
        (
            "No está claro si «{words}» dice cuándo. Di por ejemplo «todos los días a las 8» o «el lunes a las "
            "8», o pon "
            "la tarea entre comillas."
        ),
    ),
    "past": (
        "past",
        "That time has passed.",
        "Ese momento ya pasó.",
    ),
    "frequent": (
        "too_frequent",
        "Every 5 minutes is the most often.",
        "Lo más seguido es cada 5 minutos.",
    ),
    "together": (
        "unrecognized",
        "I do not understand those times together. Say for example “every 2 hours between 9am and 5pm on weekdays”.",
        "No entiendo esos tiempos juntos. Di por ejemplo «cada 2 horas entre las 9 y las 17 de lunes a viernes».",
    ),
    "cron": (
        "unrecognized",
        "A cron line has five fields: minute, hour, day of month, month, day of week, for example 0 9 * * 1-5.",
        (
            "Una línea de cron tiene cinco campos: minuto, hora, día del mes, mes, día de la semana, por ejemplo "
            "0 9 * * 1-5."
        ),
    ),
    "never": (
        "unrecognized",
        "That never happens.",
        "Eso nunca ocurre.",
    ),
    "long": (
        "unrecognized",
        "That is too long. Say when and what in at most 500 characters.",
        "Es demasiado largo. Di cuándo y qué en 500 caracteres como máximo.",
    ),
    "far": (
        "unrecognized",
        "That is too far away.",
        "Eso queda demasiado lejos.",
    ),
}


class Misread(Exception):
    """What was said is not fully understood, or is nothing that can be kept."""

    def __init__(self, reason: str, words: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.words = words

    @property
    def code(self) -> Code:
        return HINTS[self.reason][0]

    def hint(self, tongue: str) -> str:
        return HINTS[self.reason][2 if tongue == "es" else 1].format(words=self.words.strip())
