"""How times are said, in the notation of notation.py: what both languages share, and what each has of its own."""

from __future__ import annotations

BOTH = """
number = INT | TENS DASH? ONES | TENS | ONES
tally = number | ONE
whole = tally UNIT
partly = DECIMAL UNIT
halved = HALF DASH? UNIT
and_half = tally UNIT AND HALF | tally AND HALF UNIT | number ONEHALF UNIT
one_and_half = UNIT AND HALF
and_quarter = tally UNIT AND QUARTER | UNIT AND QUARTER
couple = COUPLE UNIT
quarters = QUARTERS
hours = HOURS
piece = and_half | and_quarter | one_and_half | whole | partly | halved | couple | quarters | hours
length = piece ((AND | COMMA AND?)? piece)*

comma_and = COMMA AND? | AND | COMMA? AND
lead = (ON | AT)? (THE | ON)?

time = TIME HH? MERIDIEM?
hour_meridiem = number MERIDIEM
compact = HOURMINUTE MERIDIEM
oclock = number OCLOCK MERIDIEM?
military = MILITARY HH?
zero_hour = ZEROHOUR !UNIT !MONTH !DASH
point = POINT OCLOCK?
words = number (minute_words | oh_minutes) MERIDIEM?
minute_words = TENS DASH? ONES | TENS | ONES | TENS AND ONES | INT
oh_minutes = OH ONES
hour = number MERIDIEM? OCLOCK? | POINT
plain_hour = number HH? !POINT !UNIT !TIMES !MERIDIEM !FRACTION
hour_minute = HOURMINUTE HH? !UNIT
explicit = time | hour_meridiem | compact | oclock | military | point | spoken
loose = words | hour_minute | zero_hour | plain_hour
said_time = (explicit | after_at | loose) INPART?
first_time = AT? THE? explicit OCLOCK? INPART? | AT (after_at | loose) INPART? | plain_hour INPART | after_at INPART
    | words_meridiem INPART?
words_meridiem = number minute_words MERIDIEM
next_time = (explicit | after_at_short | loose) INPART?
clock = first_time (comma_and (AT | LAS)? next_time)*
hour_mark = HOURMARK | AT MARK PASTHOUR? | AT number MINUTES? PASTHOUR

window = BETWEEN bound AND bound | WINDOWFROM bound WINDOWTO bound | explicit DASH explicit
    | plain_hour DASH plain_hour | plain_hour DASH explicit | explicit WINDOWTO explicit
    | plain_hour WINDOWTO plain_hour | plain_hour WINDOWTO explicit
bound = (AT | LAS)? THE? said_time

this_part = ON? THISPART
in_part = INPART (OF !length)?
bare_part = PART
leading_part = PART clock
part_day = ON? THE? PART OF limit_day

ahead = IN length TIMEWORD? | (REMINDER FOR)? length FROMNOW | TIMER (FOR | OF)? length
ago = length AGO
offset = (REMINDER FOR | FOR)? length BEFORE | (REMINDER FOR)? length AFTER
offset_clock = (REMINDER FOR)? length (BEFORE | AFTER) (LAS | AT | THE | DETERMINER)? said_time !MONTH !OF

relative = lead RELATIVE
relative_clock = lead RELATIVE COMMA? (plain_hour !minute_words | hour_minute | zero_hour | spelled_clock | to_hour)
one_weekday = lead WEEKDAY
later_weekday = lead (COMING | THIS COMING) WEEKDAY
this_weekday = lead THIS WEEKDAY
after_next = lead WEEKDAY AFTERNEXT
period_after_next = lead UNIT AFTERNEXT
month_day = lead month_first | lead day_first
month_first = MONTH THE? (ORDINAL | ORDINALWORD | day_number) (COMMA? OF? YEAR)?
day_first = DAYNUMBER? (ORDINAL | ORDINALWORD | day_number) OF? MONTH ((COMMA | OF)? YEAR)?
day_number = INT !MERIDIEM !UNIT !HH !FRACTION
month_alone = INMONTH MONTH (OF? YEAR)?
iso = lead ISO
slashed = lead SLASHED
weekday_date = lead WEEKDAY COMMA? THE? month_day | lead WEEKDAY COMMA? slashed | lead WEEKDAY COMMA? iso
this_period = lead THIS <this> UNIT
next_period = lead NEXT <next> UNIT
edge_of_month = lead EDGE OF? MONTH (OF? YEAR)?
named_edge = lead OF? EDGES

ordinals = ordinal (comma_and THE? ordinal)*
ordinal = ORDINAL | ORDINALWORD
nth_day = WEEKDAY | WEEKDAYS | DAY <day> | BUSINESSDAY <business>
nth = lead (EVERY? THE? | LOS) ordinals nth_day OF EVERY MONTHLY <every>
    | lead (EVERY? THE? | LOS) ordinals nth_day OF THE? MONTHLY <every>
    | lead (EVERY? THE? | LOS) ordinals nth_day OF THIS MONTHLY <this>
    | lead (EVERY? THE? | LOS) ordinals nth_day OF NEXT MONTHLY <next>
    | lead (EVERY? THE? | LOS) ordinals nth_day OF THE? MONTHLY NEXT <next>
nth_of_month = lead THE? ordinals nth_day OF THE? MONTH (OF? YEAR)?
nth_every_month = lead THE? ordinals nth_day OF EVERY MONTH | EVERY THE? ordinals nth_day OF MONTH
nth_quarter = lead EVERY? THE? ordinals nth_day OF EVERY QUARTERLY <quarter>
    | lead THE? ordinals nth_day OF EVERY YEARLY <year>
    | EVERY THE? ordinals nth_day OF THE YEARLY <year>
nth_some = lead THE? ordinals nth_day OF THE (QUARTERLY | YEARLY)
loose_nth = lead THE ordinals nth_day
every_nth = EVERY THE? ordinals nth_weekday
nth_weekday = WEEKDAY

days_of = OF EVERY MONTHLY <every> | OF THE MONTHLY <every> | OF THIS MONTHLY <this> | OF NEXT MONTHLY <next>
    | OF THE? MONTHLY NEXT <next> | IN EVERY MONTHLY <every>
month_days = day_list days_of
every_month_day = EVERY THE? (ORDINAL | ORDINALWORD) OF THE? MONTHLY
every_month_day = EVERY THE? ORDINAL (comma_and (EVERY | ON)? THE? ORDINAL)* OF? (THE? MONTHLY)?

every_unit = EVERY <1> UNIT | EVERY OTHER <2> UNIT | ALTERNATE <2> UNIT | EVERYDAY <1> <day>
every_ordinal = EVERY (ORDINAL | ORDINALWORD) UNIT
every_number = EVERY (number | COUPLE) UNIT
every_length = EVERY length
every_part = EVERY PART
every_point = EVERY POINT
parts = PARTS
set_parts = lead DAYSET PARTS
gone = GONE
last_period = lead LAST UNIT
adverb = ADVERB
two_meanings = TWOFOLD
semiannual = SEMIANNUAL
times_per = (ONCE | number TIMES) PER UNIT | (ONCE | number TIMES) ADVERB
once_every = ONCE (every_unit | every_number | every_length | every_part | every_days)
span = WINDOWFROM? lead WEEKDAY (THROUGH | WINDOWTO | DASH) THE? WEEKDAY !dash_weekday
dash_weekday = DASH WEEKDAY
dashed = WEEKDAY DASH WEEKDAY dash_weekday+
day_name = WEEKDAY | WEEKDAYS
day_group = DAYSETS
day_single = DAYSET
every_days = EVERY <1> every_list | EVERY OTHER <2> every_list | lead ALTERNATE <2> every_list
    | EVERY number every_list
every_list = every_name (comma_and (EVERY | ON | THE | LOS)? every_name | every_name)*
every_name = day_name | day_group | day_single | span | dashed
plain_days = lead plain_list
plain_list = plain_name (comma_and lead plain_name)* | plain_name plain_name plain_name+
plain_name = day_name | day_group | span | dashed
plural_days = lead (WEEKDAYS | day_group) (comma_and lead (WEEKDAYS | day_group))*
every_date = EVERY THE? year_date (comma_and EVERY? THE? year_date)*
year_date = month_first | day_first
every_month = EVERY MONTH
every_edge = EVERY EDGES

start = STARTING OF? limit ONWARD?
until = UNTIL OF? !later_period limit
until_month = !INCLUDING UNTIL MONTH (OF? YEAR)?
through_month = INCLUDING MONTH (OF? YEAR)?
until_period = !INCLUDING UNTIL later_period
through_period = INCLUDING later_period
later_period = this_period | next_period | period_after_next
limit = limit_day clock? | clock limit_day? | limit_clock limit_day? | ahead
limit_clock = LAS said_time
limit_day = weekday_date | month_day | iso | slashed | relative | one_weekday | later_weekday | this_weekday
    | next_weekday | after_next | period_after_next | this_period | next_period | edge | edge_of_month
    | named_edge | single_day
    | month_days | month_alone
from_until = WINDOWFROM limit_day (THROUGH | WINDOWTO | UNTIL) !later_period limit_day
    | BETWEEN limit_day AND limit_day
during = FOR length
count = FOR? number TIMES
excepted = (EXCEPT | BUT) (ON | THE | LOS | EVERY)* every_list

item = own | this_part | in_part | two_meanings | ahead | offset_clock | offset | ago | window | hour_mark
    | clock | every_date | every_month | nth
    | nth_of_month | nth_every_month | nth_quarter | nth_some | every_nth | loose_nth | month_days
    | every_month_day | many_days
    | weekday_date | month_day | relative_clock | relative | every_unit | every_ordinal | every_number
    | every_length | every_part | every_point | parts | set_parts | gone | last_period | adverb | semiannual
    | once_every     | times_per | every_days | plural_days
    | one_weekday | later_weekday | this_weekday | next_weekday | last_weekday | after_next | plain_days | iso
    | slashed
    | period_after_next | this_period | next_period | weekend | edge | every_edge | edge_of_month | named_edge
    | single_day
    | month_alone
    | from_until | start | until | through_month | until_month | through_period | until_period | part_day
    | during | count | excepted
"""

ENGLISH = """
next_weekday = lead NEXT WEEKDAY
week_later = lead WEEKDAY WEEKWORD
last_weekday = LAST WEEKDAY
weekend = lead NEXT <next> WEEKEND | lead THIS COMING? <this> WEEKEND | lead COMING <this> WEEKEND | (ON | AT
    | OF)? THE <the> WEEKEND
edge = lead EDGE OF? THIS <this> UNIT | lead EDGE OF? NEXT <next> UNIT | lead EDGE OF? EVERY <every> UNIT
    | lead EVERY EDGE OF? <every> UNIT | lead EDGE OF? THE? <the> UNIT
single_day = lead (THE | NEXT) ORDINAL !COUNTED | ON? ORDINAL !COUNTED | lead THE ORDINALWORD !UNIT !COUNTED !nth_day
day_list = lead THE? ordinal_day (comma_and ON? THE? ordinal_day)*
ordinal_day = ORDINAL | ORDINALWORD | DAYNUMBER INT | FINALDAY
many_days = lead THE? ordinal_day (comma_and ON? THE? ordinal_day)+
spoken = half_past | quarter_past | quarter_to | minutes_past | minutes_to
few_to = few_minutes TO hour
half_past = HALF PAST hour
quarter_past = QUARTER PAST hour
quarter_to = QUARTER TO hour
minutes_past = number MINUTES? PAST hour
minutes_to = number MINUTES TO hour
few_minutes = number
after_at = words | few_to
after_at_short = words
spelled_clock = ONES minute_words MERIDIEM | ONES minute_words !UNIT !COUNTED
to_hour = TOHOUR TO hour !PLAIN !COUNTED
own_clock = (spelled_clock !PLAIN | to_hour) INPART?
alarm = ALARM FORHOUR plain_hour !minute_words !PLAIN !COUNTED
own = week_later | own_clock | alarm
offset = THE UNIT (BEFORE | AFTER)
attribute = DETERMINER attributed_day <day> PLAIN | DETERMINER attributed_time <time> PLAIN
    | DETERMINER? ADVERB <often> PLAIN | ATTRIBUTE <day>
attributed_day = WEEKDAY | MONTH | RELATIVE | WEEKEND
attributed_time = PART | explicit
"""

SPANISH = """
number = TENS AND ONES
next_weekday = NEVER
later_weekday = lead THIS? NEXT WEEKDAY | lead WEEKDAY NEXT | lead THIS WEEKDAY NEXT
spelled_clock = ONES minute_words !UNIT !COUNTED
to_hour = NEVER
last_weekday = lead LAST WEEKDAY | lead WEEKDAY LAST
last_period = lead UNIT LAST
ago = AGO length
next_period = lead UNIT NEXT <next>
weekend = lead NEXT <this> WEEKEND | lead THIS <this> WEEKEND NEXT? | (ON | THE)* <the> WEEKEND
    | lead WEEKEND NEXT <this>
edge = lead EDGE OF? THIS <this> UNIT | lead EDGE OF? THE? NEXT <next> UNIT | lead EDGE OF? THE? UNIT NEXT <next>
    | lead EDGE OF? EVERY <every> UNIT | lead EVERY EDGE OF? <every> UNIT | lead EDGE OF? THE? <the> UNIT
single_day = lead THE NEXT? day_number !MONTH | lead THE NEXT DAYNUMBER day_number !MONTH
    | lead THE spelled_day !MONTH !UNIT !OF !COUNTED
    | lead THE? DAYNUMBER day_number !MONTH | lead THE ORDINAL !MONTH
day_list = lead spanish_day (comma_and (THE | ON)? spanish_more)*
spelled_day = spelled
spanish_day = (THE | LOSDAYS) (INT | spelled) | (THE | LOSDAYS)? DAYNUMBER INT | THE? FINALDAY | THE? ORDINAL
    | THE? FIRST
spanish_more = DAYNUMBER? INT | spelled | ORDINAL | FINALDAY
many_days = lead (THE | LOSDAYS) DAYNUMBER? day_number (comma_and (ON? THE)? DAYNUMBER? day_number)+ !MONTH
month_days = LOSDAYS DAYNUMBER day_number !MONTH !OF <every>
    | EVERY DAYNUMBER? day_number OF MONTHLY <every> | EVERY DAYNUMBER day_number <every>
    | EVERY FIRST OF MONTHLY <every>
    | EVERYLOS day_number OF? MONTHLY? <every>
after_at = hour_and_half | hour_and_quarter | hour_and_minutes | hour_less_quarter | hour_less_minutes | words
after_at_short = hour_and_half | hour_and_quarter | hour_less_quarter | hour_less_minutes
hour_and_half = number AND HALF
hour_and_quarter = number AND QUARTER
hour_and_minutes = INT AND INT <digits> !UNIT !INPART | number AND number !UNIT
hour_less_quarter = number LESS QUARTER
hour_less_minutes = number LESS number
spoken = quarter_for | minutes_for
quarter_for = QUARTER FORHOUR hour
minutes_for = number MINUTES? FORHOUR hour
alternate = (A | EVERY | THE)? WEEKDAY YESANDNO | (A | EVERY)? UNIT YESANDNO
    | ON? LOS? (WEEKDAY | UNIT) ALTERNOS
fortnightly = EVERY QUINCEDIAS COMMA? (ON | THE | LOS)* every_list
plural_days = lead LOS every_list
one_of_each = lead THE WEEKDAY (comma_and lead WEEKDAY)+
weekday_number = lead WEEKDAY DAYNUMBER? day_number !MONTH !OF
alternate_twice = A WEEKDAY YES AND? A? WEEKDAY NO | A UNIT YES AND? A? UNIT NO
day_first = NEXT (FIRST | day_number) OF MONTH | spelled OF MONTH ((COMMA | OF)? YEAR)?
spelled = TENS AND ONES | TENS | ONES
own = alternate | alternate_twice | one_of_each | weekday_number | fortnightly | start_month
start_month = STARTING MONTH (OF? YEAR)? ONWARD? !THROUGH | WINDOWFROM MONTH (OF? YEAR)? ONWARD
offset = THE UNIT (BEFORE | AFTER)
attribute = OF limit_day <day> | OF LAS said_time <time> | PARTOF <time> | PLAIN ADJECTIVE <often>
"""
