"""The English words of times. A class's None stands for words that only mark a place in the grammar."""

from __future__ import annotations

from scheduling.language.items import Point
from scheduling.language.numerals import ENGLISH_ORDINALS
from scheduling.language.text import Vocabulary

WORDS: Vocabulary = {
    "ONE": {1: "a, an, one"},
    "ONES": {
        1: "one",
        2: "two",
        3: "three",
        4: "four",
        5: "five",
        6: "six",
        7: "seven",
        8: "eight",
        9: "nine",
        10: "ten",
        11: "eleven",
        12: "twelve",
        13: "thirteen",
        14: "fourteen",
        15: "fifteen",
        16: "sixteen",
        17: "seventeen",
        18: "eighteen",
        19: "nineteen",
    },
    "TENS": {
        20: "twenty",
        30: "thirty",
        40: "forty, fourty",
        50: "fifty",
        60: "sixty",
        70: "seventy",
        80: "eighty",
        90: "ninety",
    },
    "OH": {None: "oh, o"},
    "HALF": {None: "half, half a, half an, a half, one half, 1/2, 1/2 an, 1/2 a, ½, ½ an, ½ a"},
    "ONEHALF": {None: "1/2, ½"},
    "TOHOUR": {5: "five", 10: "ten", 20: "twenty", 25: "twenty five"},  # minutes said before an hour
    "QUARTER": {None: "quarter, a quarter"},
    "COUPLE": {2: "couple, couple of, a couple, a couple of"},
    "QUARTERS": {
        15: "quarter hour, a quarter hour, quarter of an hour, a quarter of an hour",
        45: "three quarters of an hour, three quarter hours",
    },
    "UNIT": {
        "second": "second, seconds, sec, secs, s",
        "minute": "minute, minutes, min, mins, minute's, minutes', m",
        "hour": "hour, hours, hr, hrs, h, hour's",
        "day": "day, days, d, day's, calendar day, calendar days, day of the week, day of the month, day of the year",
        "week": "week, weeks, wk, wks, w, week's",
        "fortnight": "fortnight, fortnights",
        "month": "month, months, mo, month's",
        "quarter": "quarter, quarters",
        "year": "year, years, yr, yrs, year's",
    },
    "MINUTES": {None: "minute, minutes, min, mins"},
    "WEEKEND": {None: "weekend"},
    "MONTHLY": {None: "month, calendar month"},
    "QUARTERLY": {None: "quarter"},
    "YEARLY": {None: "year"},
    "DAY": {None: "day"},
    "BUSINESSDAY": {None: "business day, working day, workday, weekday, week day, work day"},
    "WEEKDAY": {
        0: "monday, mon",
        1: "tuesday, tue, tues",
        2: "wednesday, wed, weds",
        3: "thursday, thu, thur, thurs",
        4: "friday, fri",
        5: "saturday, sat",
        6: "sunday, sun",
    },
    "WEEKDAYS": {
        0: "mondays",
        1: "tuesdays",
        2: "wednesdays",
        3: "thursdays",
        4: "fridays",
        5: "saturdays",
        6: "sundays",
    },
    "DAYSET": {
        frozenset(range(5)): "weekday, week day, business day, working day, workday, work day",
        frozenset((5, 6)): "weekend, weekend day",
    },
    "DAYSETS": {
        frozenset(range(5)): "weekdays, all weekdays, m f, week days, business days, working days, workdays, work days",
        frozenset((5, 6)): "weekends, weekend days",
        frozenset((0, 2, 4)): "mwf, m w f, m/w/f",
        frozenset((1, 3)): "tth, t th, tu th, t/th, tu/th",
    },
    "WEEKWORD": {None: "week"},
    "MONTH": {
        1: "january, jan, jan.",
        2: "february, feb, feb.",
        3: "march, mar, mar.",
        4: "april, apr, apr.",
        5: "may",
        6: "june, jun, jun.",
        7: "july, jul, jul.",
        8: "august, aug, aug.",
        9: "september, sep, sept, sep., sept.",
        10: "october, oct, oct.",
        11: "november, nov, nov.",
        12: "december, dec, dec.",
    },
    "ORDINALWORD": ENGLISH_ORDINALS | {-1: "last, final, very last"},
    "PART": {
        "morning": "morning",
        "afternoon": "afternoon",
        "evening": "evening",
        "night": "night",
    },
    "PARTS": {
        "morning": "mornings, in the mornings",
        "afternoon": "afternoons, in the afternoons",
        "evening": "evenings, in the evenings",
        "night": "nights, at nights",
    },
    "INPART": {
        "morning": "in the morning, on the morning, during the morning, of the morning, the morning of, on the "
        "morning of",
        "afternoon": "in the afternoon, on the afternoon, during the afternoon, on the afternoon of, the afternoon of",
        "evening": "in the evening, on the evening, during the evening, on the evening of, the evening of",
        "night": "at night, in the night, during the night, on the night of, the night of",
    },
    "THISPART": {
        "morning": "this morning",
        "afternoon": "this afternoon",
        "evening": "this evening",
        "night": "tonight, tonite, 2nite, 2night, this night",
    },
    "POINT": {
        Point.FIRST_THING: "first thing, 1st thing, first thing in the day, start of day, start of the day, "
        "start of business, beginning of the day",
        Point.NOON: "noon, 12 noon, twelve noon, noontime, midday, mid day, noonday, lunchtime, lunch time, at "
        "lunch, by lunch",
        Point.END_OF_DAY: "end of day, end of the day, end of business, end of the business day, end of the workday, "
        "end of business day, close of business, close of the business, close of day, eod, cob, "
        "end of the working day, end of workday",
        Point.MIDNIGHT: "midnight, 12 midnight, twelve midnight",
    },
    "OCLOCK": {None: "o'clock, oclock, o clock, o'clock sharp, sharp"},
    "MERIDIEM": {"am": "am", "pm": "pm"},
    "PAST": {None: "past"},
    "TO": {None: "to, til, till"},
    "HOURMARK": {
        0: "on the hour, at the top of the hour, on the top of the hour, top of the hour",
        30: "on the half hour, at half past, on the half-hour, half past, at half past the hour",
        15: "at quarter past, at a quarter past, at quarter past the hour, at a quarter past the hour",
        45: "at quarter to, at a quarter to, at quarter to the hour",
    },
    "PASTHOUR": {None: "past the hour, after the hour, past"},
    "AT": {None: "at, @, at exactly, exactly at, by"},
    "ON": {None: "on, for, by, at, come"},
    "THE": {None: "the"},
    "OF": {None: "of, in"},
    "IN": {None: "in, in exactly"},
    "TIMEWORD": {None: "time, from now"},
    "FROMNOW": {None: "from now, from right now, hence, from today, from this moment"},
    "BEFORE": {-1: "before, prior to, ahead of"},
    "AFTER": {1: "after, from, following"},
    "AGO": {None: "ago"},
    "DAYNUMBER": {None: "day"},
    "FINALDAY": {-1: "last day, final day, very last day"},
    "RELATIVE": {
        0: "today, 2day",
        1: "tomorrow, tmrw, tmr, tmw, tomorow, tommorow, tommorrow, 2moro, 2morrow, 2mrw",
        2: "day after tomorrow, the day after tomorrow, overmorrow",
        -1: "yesterday",
        -2: "the day before yesterday, day before yesterday",
    },
    "THIS": {None: "this, this coming, this very"},
    "COMING": {None: "coming, the coming, upcoming, the upcoming, this upcoming"},
    "NEXT": {None: "next, the next"},
    "LAST": {None: "last, the last, this past, this last"},
    "AFTERNEXT": {None: "after next"},
    "EDGE": {
        "start": "start, beginning, the start, the beginning",
        "end": "end, the end, close, the close",
    },
    "EDGES": {"month": "eom, month end", "week": "eow", "year": "eoy, year end"},
    "EVERY": {None: "every, each, every single, each and every"},
    "OTHER": {None: "other, alternate"},
    "ALTERNATE": {None: "alternate, alternating"},
    "GONE": {None: "last night, the other day, the other week"},
    "EVERYDAY": {None: "everyday"},
    "ADVERB": {
        (1, "day"): "daily",
        (1, "hour"): "hourly, at the top of every hour, at the top of each hour",
        (1, "week"): "weekly",
        (2, "week"): "biweekly, bi weekly, fortnightly",
        (1, "month"): "monthly",
        (1, "quarter"): "quarterly",
        (1, "year"): "yearly, annually",
        (1, "night"): "nightly",
    },
    "TWOFOLD": {
        None: "bimonthly, bi monthly, semiweekly, semi weekly, biannually, biannual, semimonthly, semi monthly"
    },
    "SEMIANNUAL": {None: "semiannually, semi annually, half yearly"},
    "ONCE": {1: "once", 2: "twice"},
    "TIMES": {None: "times"},
    "PER": {None: "a, an, per, every, each, in a"},
    "AND": {None: "and, &, plus, and also, and then, /"},
    "OR": {None: "or, and or"},
    "THROUGH": {None: "to, through, thru, until, till, up to"},
    "WINDOWFROM": {None: "from"},
    "WINDOWTO": {None: "to, until, till, through, thru, up to"},
    "ALARM": {None: "alarm, an alarm, set an alarm"},
    "FORHOUR": {None: "for"},
    "INMONTH": {None: "in, during, this, come"},
    "HH": {None: "hours, h, hs, hrs"},
    "COUNTED": {
        None: "floor, street, avenue, ave, grade, place, edition, version, invoice, client, customer, order, item, "
        "draft, payment, installment, meeting, appointment, one, round, part, step, chapter, page, room, batch, "
        "visit, attempt, house, graders, anniversary, birthday"
    },
    "BETWEEN": {None: "between"},
    "STARTING": {
        None: "starting, starting from, starting on, beginning, beginning on, from, as of, effective, "
        "commencing, starting in, begins, starts"
    },
    "UNTIL": {None: "until, till, through, thru, up to, ending, up until, ending on, til"},
    "INCLUDING": {None: "through, thru"},
    "ONWARD": {None: "on, onward, onwards"},
    "FOR": {None: "for, for the next, over the next, during the next, for the coming"},
    "BUT": {None: "but"},
    "EXCEPT": {None: "except, except for, except on, excluding, but not, but not on, other than, apart from"},
}

# What may stand around a time and is no part of what is to be done.
COURTESY = (
    "please, pls, plz, hey, hi, hello, ok, okay, thanks, thank you, thanks a lot, many thanks, kindly, claude, "
    "good morning, good afternoon, good evening, so, also, well, yes, sure, alright, actually, sorry, make it, "
    "let's make it, make that, better, "
    "can you, could you, would you, will you, can you please, could you please, would you please, can u, could u, "
    "i need you to, i want you to, i'd like you to, i would like you to, i would like, i'd like, you should, "
    "would you mind, is it possible to, let's, lets, "
    "exactly, precisely, local time, that's it, if you can, if possible"
)
REMINDERS = (
    "remind me, remind me again, remind us, please remind me, i need a reminder, i want a reminder, "
    "i'd like a reminder, give me a reminder, get me a reminder, send me a reminder, send a reminder, "
    "set a reminder, set reminder, set up a reminder, set me a reminder, set a reminder for me, set an alarm, "
    "set an alert, set the reminder, create a reminder, add a reminder, make a reminder, schedule a reminder, "
    "put a reminder, reminder, a reminder, reminders, alarm, alert me, notify me, nudge me, ping me, "
    "don't let me forget, do not let me forget, dont let me forget, don't forget, dont forget, do not forget, "
    "make sure i remember, make sure i don't forget, make sure i, help me remember, i must remember, "
    "remember, i want to be reminded, i'd like to be reminded, i need to be reminded, let me know, "
    "note to self, remind"
)
# In front of a time, with a comma behind it: it answers what was said before.
ANSWERS = "no, nope, nah, no wait, wait, yes, yeah, yep, oh"
TIMERS = "timer, a timer, set a timer, set timer, set me a timer, start a timer, countdown"
LINKS = "to, that, about, of, for, it's, its, it is, and, then, me"
# Words of time that the grammar has no place for: a phrase with one of them is not understood.
VAGUE = (
    "soon, same time, the same time, at the same time, this time, sometime, sometimes, some time, someday, "
    "some day, later, later on, eventually, asap, "
    "as soon as possible, now, right now, immediately, straight away, right away, at once, at some point, "
    "one of these days, one day, in a bit, in a while, after a while, a while, a few, several, "
    "whenever, every so often, every now and then, every now and again, now and then, from time to time, "
    "once in a while, occasionally, regularly, often, frequently, periodically, shortly, presently, "
    "ish, noonish, some more, the other day, these days, recently, lately, mid, middle, "
    "afterwards, beforehand, in due course, in the future, in future, down the road, tba, tbd, "
    "at dinner, after dinner, before dinner, at supper, after supper, after work, before work, at work, after "
    "school, "
    "before school, after hours, at breakfast, after breakfast, before breakfast, before bed, after lunch, "
    "before lunch, "
    "during lunch, after the meeting, before the meeting, every few, each few, blue moon, "
    "spring, summer, autumn, winter, semester, season, decade, decades, century, centuries, lustrum, "
    "business hours, working hours, office hours, work hours, full moon, leap year, "
    "ct, mt, est, edt, cst, cdt, mst, mdt, pst, pdt, utc, gmt, cet, cest, eastern time, central time, pacific time, "
    "mountain time, et, bst, half nine, half eight, half ten, half eleven, half seven, half six, half five, "
    "half four, half three, half two, half one, half twelve"
)
# Days and hours that no calendar here knows: part of a task, or a time that is not understood.
EVENTS = (
    "christmas, xmas, christmas eve, easter, thanksgiving, halloween, new year's, new year's eve, "
    "new year's day, new years, valentine's day, valentines day, mother's day, father's day, labor day, "
    "memorial day, independence day, hanukkah, ramadan, eid, passover, black friday, "
    "holiday, holidays, payday, paydays, birthday, birthdays, anniversary, sunrise, sunset, dawn, dusk, daybreak, "
    "bedtime, breakfast, breakfast time, dinnertime, dinner time, suppertime, teatime, tea time, brunch"
)
# Directly before a time they change it in a way that cannot be told exactly.
BENDING = (
    "about, around, roughly, approximately, approx, circa, near, nearly, almost, before, after, within, past, not, "
    "except, since, early, late, mid, early in, late in, some, most, maybe, perhaps, probably, possibly, never, "
    "sometime, until, till, between, during, towards, over, no later than, not before, ever since, middle of, "
    "by about, at about, at around, close to, next to, besides, unless, if not, only, just after, just before, "
    "the rest of, rest of, within the, later, last, next, every, each, previous, the previous, past the, plus, minus"
)
# Alone, or in front of what is to be done, they change when or whether: "not tomorrow", "maybe call Bob at 9".
MODIFIERS = (
    "approximately, approx, roughly, circa, not, no, don't, dont, do not, few, never, "
    "maybe, perhaps, probably, possibly, more or less, at least, at most, earlier, again, usually, "
    "normally, "
    "only once, just once, otherwise, instead, instead of, as usual, all, whole, the whole, same, even, odd, random, "
    "thrice, eastern, central, pacific, mountain, wknd, both, either, neither, any, anytime"
)
DETERMINERS = "the, my, our, your, his, her, their, a, an, its"
ATTRIBUTES = (
    "today's, tomorrow's, tonight's, yesterday's, monday's, tuesday's, wednesday's, thursday's, friday's, "
    "saturday's, sunday's, week's, weekend's, month's, year's, morning's, evening's, afternoon's, annual, "
    "january's, february's, march's, april's, june's, july's, august's, september's, october's, november's, "
    "december's"
)
# What tells the language where no word of time does.
TELLING = (
    "the, my, our, to, with, and, call, send, pay, check, book, buy, of, is, for, i, you, it, meeting, report, email"
)
SINGLETONS = "sun, sat, mon, march, mar, may, second, m, s, d, w, h, o, mo, quarter"

# What a time begins with: a task that begins with it is a time that was not understood.
OPENING = (
    "on, at, in, during, before, after, when, whenever, once, as soon as, while, until, by, around, within, since, upon"
)
# Behind an hour: of another place than where the person is.
ELSEWHERE = "time"
CONDITION = (
    "before, after, when, whenever, as soon as, while, until, till, since, during, once, between, starting, "
    "beginning, "
    "if, unless, provided, as long as, only if, in case, as of, effective, commencing, ending, except, but not, "
    "through, within"
)
