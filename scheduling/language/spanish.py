"""The Spanish words of times, written without accents. A class's None stands for words that only mark a place."""

from __future__ import annotations

from scheduling.language.items import Point
from scheduling.language.numerals import SPANISH_ORDINALS
from scheduling.language.text import Vocabulary

WORDS: Vocabulary = {
    "ONE": {1: "un, una, uno"},
    "A": {None: "un, una"},
    "ONES": {
        1: "uno, una, un",
        2: "dos",
        3: "tres",
        4: "cuatro",
        5: "cinco",
        6: "seis",
        7: "siete",
        8: "ocho",
        9: "nueve",
        10: "diez",
        11: "once",
        12: "doce",
        13: "trece",
        14: "catorce",
        15: "quince",
        16: "dieciseis",
        17: "diecisiete",
        18: "dieciocho",
        19: "diecinueve",
        21: "veintiuno, veintiun, veintiuna",
        22: "veintidos",
        23: "veintitres",
        24: "veinticuatro",
        25: "veinticinco",
        26: "veintiseis",
        27: "veintisiete",
        28: "veintiocho",
        29: "veintinueve",
    },
    "TENS": {
        20: "veinte",
        30: "treinta",
        40: "cuarenta",
        50: "cincuenta",
        60: "sesenta",
        70: "setenta",
        80: "ochenta",
        90: "noventa",
    },
    "HALF": {None: "media, medio, 1/2, ½"},
    "ONEHALF": {None: "1/2, ½"},
    "QUARTER": {None: "cuarto, un cuarto"},
    "COUPLE": {2: "un par de, par de"},
    "QUARTERS": {15: "un cuarto de hora, cuarto de hora", 45: "tres cuartos de hora"},
    "UNIT": {
        "second": "segundo, segundos, seg, s",
        "minute": "minuto, minutos, min, mins, minutito, minutitos",
        "hour": "hora, horas, h, hs, hr, hrs, horita",
        "day": "dia, dias, d, dia de la semana, dias de la semana",
        "week": "semana, semanas",
        "month": "mes, meses",
        "bimester": "bimestre, bimestres",
        "quarter": "trimestre, trimestres",
        "semester": "semestre, semestres",
        "year": "ano, anos",
    },
    "MINUTES": {None: "minutos, minuto, min"},
    "WEEKEND": {None: "fin de semana, finde"},
    "MONTHLY": {None: "mes"},
    "QUARTERLY": {None: "trimestre"},
    "YEARLY": {None: "ano"},
    "DAY": {None: "dia"},
    "BUSINESSDAY": {None: "dia habil, dia laborable, dia laboral, dia de trabajo"},
    "WEEKDAY": {
        0: "lunes, lun",
        1: "martes, mar",
        2: "miercoles, mie",
        3: "jueves, jue",
        4: "viernes, vie",
        5: "sabado, sab",
        6: "domingo, dom",
    },
    "WEEKDAYS": {5: "sabados", 6: "domingos"},
    "DAYSET": {
        frozenset(range(5)): "dia habil, dia laborable, dia laboral, dia de trabajo, dia de semana, dia entre "
        "semana, "
        "dia de entre semana",
        frozenset((5, 6)): "fin de semana, finde",
    },
    "DAYSETS": {
        frozenset(range(5)): "entre semana, l v, habiles, laborables, "
        "dias habiles, dias laborables, dias laborales, dias de trabajo, "
        "dias de semana, dias entre semana, dias de entre semana, dias de la semana laboral",
        frozenset((5, 6)): "fines de semana, findes",
    },
    "MONTH": {
        1: "enero, ene",
        2: "febrero, feb",
        3: "marzo, mar",
        4: "abril, abr",
        5: "mayo, may",
        6: "junio, jun",
        7: "julio, jul",
        8: "agosto, ago",
        9: "septiembre, setiembre, sep, sept, set",
        10: "octubre, oct",
        11: "noviembre, nov",
        12: "diciembre, dic",
    },
    "ORDINALWORD": SPANISH_ORDINALS | {-1: "ultimo, ultima"},
    "FIRST": {1: "primero, 1ro"},
    "PART": {
        "morning": "manana, mananas",
        "afternoon": "tarde, tardes",
        "night": "noche, noches",
    },
    "PARTS": {
        "morning": "por las mananas, en las mananas, a las mananas, las mananas",
        "afternoon": "por las tardes, en las tardes, a las tardes, las tardes",
        "night": "por las noches, en las noches, a las noches, las noches",
    },
    "INPART": {
        "morning": "de la manana, por la manana, en la manana, a la manana",
        "afternoon": "de la tarde, por la tarde, en la tarde, a la tarde",
        "night": "de la noche, por la noche, en la noche, a la noche",
        "small_hours": "de la madrugada, de madrugada, por la madrugada, en la madrugada",
        "noon": "del mediodia, del medio dia",
    },
    "PARTOF": {None: "de la manana, de la tarde, de la noche, de la madrugada, del mediodia"},
    "THISPART": {"morning": "esta manana", "afternoon": "esta tarde", "night": "esta noche"},
    "POINT": {
        Point.FIRST_THING: "a primera hora, primera hora, a primera hora del dia, a primera hora de la manana",
        Point.NOON: "mediodia, mediodias, al mediodia, a mediodia, el mediodia, medio dia, al medio dia, a medio dia, "
        "a la hora de comer, a la hora de almorzar, a la hora del almuerzo, a la hora de la comida, "
        "hora del almuerzo, las 12 del dia, las doce del dia, a las 12 del dia, a las doce del dia",
        Point.END_OF_DAY: "fin del dia, el fin del dia, al fin del dia, final del dia, el final del dia, "
        "al final del dia, a final del dia, a final de dia, final de dia, al final de la jornada, "
        "a final de la jornada, fin de la jornada, final de la jornada, al fin de la jornada, al cierre, "
        "al cierre del negocio, al cierre de la oficina, al cierre de oficina, al cierre de operaciones, "
        "al cierre del dia, cierre del dia, al cierre de la jornada, a la hora del cierre, a la hora de cierre, "
        "al terminar el dia, al acabar el dia, al terminar la jornada, al final de dia",
        Point.MIDNIGHT: "medianoche, a medianoche, a la medianoche, media noche, a media noche, a la media noche",
    },
    "OCLOCK": {None: "en punto"},
    "MERIDIEM": {"am": "am", "pm": "pm"},
    "LESS": {None: "menos"},
    "FORHOUR": {None: "para las, para la"},
    "HOURMARK": {
        0: "a la hora en punto, en punto",
        30: "a y media, y media, a las y media",
        15: "a y cuarto, y cuarto, a las y cuarto",
        45: "a menos cuarto",
    },
    "HH": {None: "horas, h, hs, hrs"},
    "AT": {None: "a las, a la, @, para las, para la, a las exactas"},
    "LAS": {None: "las, la"},
    "ON": {None: "en, para, a, al, el, por, durante, este dia"},
    "THE": {None: "el, la"},
    "LOS": {None: "los, las"},
    "OF": {None: "de, del, de la"},
    "IN": {None: "en, dentro de, de aqui a, de aqui en, de hoy en"},
    "FROMNOW": {
        None: "a partir de ahora, desde ahora, de hoy, de ahora, a partir de hoy, desde hoy, a contar desde hoy"
    },
    "BEFORE": {-1: "antes de, antes del, antes"},
    "AFTER": {1: "despues de, despues del, despues, a partir de, a partir del, desde, desde el, tras"},
    "AGO": {None: "hace"},
    "DAYNUMBER": {None: "dia, dias"},
    "FINALDAY": {-1: "ultimo dia, dia ultimo"},
    "LOSDAYS": {None: "los"},
    "INMONTH": {None: "en, en el mes de, para, este"},
    "RELATIVE": {
        0: "hoy, hoy mismo",
        1: "manana, manana mismo",
        2: "pasado manana",
        -1: "ayer",
        -2: "anteayer, antier",
    },
    "THIS": {None: "este, esta, este mismo, esta misma"},
    "NEXT": {None: "proximo, proxima, que viene, siguiente, que entra, entrante"},
    "LAST": {None: "pasado, pasada"},
    "EDGE": {
        "start": "principio, principios, a principios, inicio, comienzo, el principio, el inicio, el comienzo, "
        "al principio, al inicio, "
        "al comienzo, a principio, a inicio",
        "end": "fin, final, fines, finales, a fines, a finales, el fin, el final, al fin, al final, a fin, a final",
    },
    "EVERY": {None: "cada, todos los, todas las, todo los"},
    "EVERYLOS": {None: "todos los, los"},
    "OTHER": {None: "otro, otra"},
    "GONE": {None: "anoche, anteanoche"},
    "ADVERB": {
        (1, "day"): "diariamente, a diario, diario, diaria",
        (1, "week"): "semanalmente, semanal",
        (1, "month"): "mensualmente, mensual",
        (2, "month"): "bimestralmente, bimestral",
        (1, "quarter"): "trimestralmente, trimestral",
        (2, "quarter"): "semestralmente, semestral",
        (1, "year"): "anualmente, anual",
    },
    "ADJECTIVE": {
        None: "diario, diaria, diarios, diarias, semanal, semanales, mensual, mensuales, trimestral, trimestrales, "
        "anual, anuales, quincenal, quincenales, bimestral, semestral, nocturno, matutino"
    },
    "TWOFOLD": {None: "quincenalmente, quincenal, cada quincena, cada tercer dia, bimensualmente, bisemanalmente"},
    "ONCE": {1: "una vez, 1 vez", 2: "dos veces"},
    "TIMES": {None: "veces"},
    "PER": {None: "al, a la, por, cada, en un, en una"},
    "AND": {None: "y, e, &, y tambien"},
    "OR": {None: "o, u"},
    "THROUGH": {None: "a, al, hasta, hasta el"},
    "WINDOWFROM": {None: "de, de las, de la, desde, desde las, desde la, desde el, del"},
    "WINDOWTO": {None: "a, a las, a la, al, hasta, hasta las, hasta la, hasta el"},
    "BETWEEN": {None: "entre, entre las, entre la"},
    "YESANDNO": {None: "si y otro no, si y otra no, si y uno no, si otro no, si otra no, por medio"},
    "YES": {None: "si"},
    "NO": {None: "no"},
    "STARTING": {
        None: "a partir de, a partir del, desde, empezando, empezando en, empezando desde, comenzando, "
        "comenzando en, "
        "comenzando desde, iniciando, arrancando, con inicio, empieza, comienza, que empiece, empezando a"
    },
    "UNTIL": {None: "hasta"},
    "ONWARD": {None: "en adelante, adelante"},
    "QUINCEDIAS": {None: "quince dias, 15 dias"},
    "ALTERNOS": {None: "alternos, alternas, alterno"},
    "FOR": {
        None: "durante, por, durante los proximos, durante las proximas, durante el proximo, durante la proxima, "
        "por los proximos, por las proximas, los proximos, las proximas"
    },
    "EXCEPT": {None: "excepto, menos, salvo, a excepcion de, pero no, exceptuando, quitando, excluyendo"},
}

COURTESY = (
    "por favor, porfa, porfavor, xfa, hola, buenas, buenos dias, buenas tardes, buenas noches, oye, ok, okey, vale, "
    "gracias, muchas gracias, mil gracias, claude, puedes, podrias, puede, podria, me puedes, me podrias, "
    "necesito que, necesito, quiero que, quisiera que, me gustaria que, quiero, quisiera, si puedes, "
    "sin falta, tambien, mejor, mejor aun, perdon, perdona, disculpa, "
    "que sea, bueno, entonces, a ver, dale, exactamente, favor de, te pido que, te importaria"
)
REMINDERS = (
    "recuerdame, recordame, acordarme, acordarme de, "
    "recordarme, recordar, me puedes recordar, me podrias recordar, recuerda, recuerdamelo, "
    "recuerdanos, recordarnos, me recuerdas, me recuerdes, "
    "me recuerde, recuerdeme, acuerdame, hazme acordar, haz que me acuerde, me lo recuerdes, me avisas, me avises, "
    "avisame, aviseme, avisarme, avisanos, me avise, no me dejes olvidar, que no se me olvide, que no me olvide, "
    "no dejes que me olvide, no dejes que se me olvide, no olvides recordarme, no olvides, no te olvides de, "
    "pon un recordatorio, ponme un recordatorio, poner un recordatorio, pon una alarma, ponme una alarma, "
    "crea un recordatorio, crear un recordatorio, creame un recordatorio, agrega un recordatorio, "
    "anade un recordatorio, programa un recordatorio, programame un recordatorio, haz un recordatorio, "
    "configura un recordatorio, hazme un recordatorio, un recordatorio, recordatorio, manda un recordatorio, "
    "mandame un recordatorio, enviame un recordatorio, alertame, notificame"
)
ANSWERS = "no, si, claro, espera"
TIMERS = "temporizador, un temporizador, pon un temporizador, ponme un temporizador, cuenta atras"
LINKS = "que, de, para, sobre, y, es, a, de que, acerca de, me, del, por"
VAGUE = (
    "pronto, misma hora, la misma hora, a la misma hora, luego, despues, cada rato, a cada rato, "
    "cada cierto tiempo, mas tarde, mas adelante, ahora, ahora "
    "mismo, ahorita, ya, ya mismo, enseguida, en seguida, cuanto antes, lo antes posible, en cuanto puedas, "
    "cuando puedas, cuando quieras, algun dia, alguna vez, un dia de estos, uno de estos dias, en algun momento, "
    "en cualquier momento, en un rato, un rato, en un ratito, un ratito, un momento, en un momento, unos, unas, "
    "algunos, algunas, varios, varias, de vez en cuando, a veces, cada tanto, de cuando en cuando, a menudo, con "
    "frecuencia, frecuentemente, regularmente, ocasionalmente, periodicamente, proximamente, temprano, "
    "tempranito, mediados, quincena, quincenas, temporada, eventualmente, amanecida, "
    "primavera, verano, otono, invierno, horario laboral, horas laborales, horario de oficina, horas de oficina, "
    "pico, y pico, y algo, inmediatamente, tardecita, "
    "decada, siglo, luna llena, ultima hora, a ultima hora, media manana, media tarde"
)
EVENTS = (
    "navidad, nochebuena, nochevieja, ano nuevo, semana santa, pascua, dia de reyes, dia de la madre, dia del "
    "padre, dia de muertos, carnaval, feriado, feriados, festivo, festivos, cumpleanos, aniversario, dia de pago, "
    "vacaciones, amanecer, atardecer, anochecer, desayuno, merienda"
)
BENDING = (
    "antes de, antes del, despues de, despues del, sobre, a eso de, hacia, "
    "hacia el, alrededor de, alrededor, mas o menos, cerca de, casi, no, excepto, salvo, menos, tipo, "
    "como, tras, hasta, desde, quiza, quizas, tal vez, aproximadamente, nunca, solo, proximo, "
    "proxima, cada, todos los, todas las, ultimo, ultima, pasado, resto de, resto del, justo antes de, "
    "justo despues de, antes, despues, entre, mas, no antes de, a mas tardar, recien, ni"
)
MODIFIERS = (
    "una vez, no, nunca, jamas, quizas, quiza, tal vez, alrededor, aproximadamente, otra vez, de nuevo, normalmente, "
    "todos, todas, "
    "todo, toda, mismo, misma, el mismo, la misma, como siempre, en vez de, en vez del, en lugar de, "
    "en lugar del, un par, "
    "par, impar, alterno, alternos, solo una vez, utc, gmt, al rato, madrugada, mierc, este, esta, cualquiera, ambos"
)
DETERMINERS = "el, la, los, las, mi, tu, su, mis, tus, sus, nuestro, nuestra, un, una, este, esta, ese, esa"
ATTRIBUTES = ""
TELLING = (
    "el, la, los, las, mi, llamar, enviar, pagar, con, mandame, enviame, llama, revisar, comprar, un, una, al, "
    "lo, me, "
    "reunion, cita, informe, reporte, del, es, hacer, ir"
)
SINGLETONS = "mar, set, ago, may, s, d, h, cuarto, segundo, media, medio, tarde, a"
OPENING = "en, al, durante, cuando, antes, despues, tras, hasta, mientras, desde, hacia, sobre"
ELSEWHERE = "hora de, hora del, hora local"
CONDITION = (
    "si, a menos que, salvo que, siempre que, en caso de, en caso de que, cuando, antes, despues, tras, hasta, "
    "mientras, "
    "durante, en cuanto, entre, a partir de, a partir del, empezando, "
    "comenzando, excepto, salvo, menos, desde"
)
