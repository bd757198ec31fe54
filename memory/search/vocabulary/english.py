"""English: folded, groups between strokes."""

from __future__ import annotations

MONTHS = "january february march april may june july august september october november december"

# Forms of one word that the stemmer does not join, and words made of it.
FORMS = """
    advise advice / allergy allergic / anger angry / apply application applied / appoint appointment /
    argue argument / arrive arrival / art artist artistic / bake baker bakery baking /
    be became become becomes becoming / begin began begun / bite bit bitten / blow blew blown / born birth /
    break broke broken / bring brought / build built / burn burnt / buy bought / catch caught /
    celebrate celebration / child children / choose choice / choose chose chosen / come came /
    compete competition competitor / complain complaint / cost costs / decide decision / deep depth /
    deliver delivery / descend descent / die died death dead / dig dug / divorce divorced / donate donation donor /
    draw drew drawn / dream dreamt / drink drank drunk / drive drove driven / eat ate eaten / educate education /
    engage engaged engagement / exhibit exhibition / expect expectation / fall fell fallen / feed fed / feel felt /
    fight fought / find found / fly flew flown flight / foot feet / forget forgot forgotten /
    forgive forgave forgiven / free freedom / freeze froze frozen / get got gotten / give gave given gift /
    go went gone / graduate graduation / grow grew grown / hang hung / hear heard / hide hid hidden / high height /
    hold held / hot heat / ill illness / injure injury injured / inspect inspection inspector / inspire inspiration /
    invite invitation / keep kept / knit knitted / know knew known / lay laid / lead led / leave left / lend lent /
    life live lived lives / long length / lose lost loss / make made / man men / marry married marriage / mean meant /
    meet met / mouse mice / music musician musical / operate operation / paint painter painting / pay paid /
    perform performance / person people / photo photograph photographer photography picture / pregnant pregnancy /
    promote promotion / propose proposal / proud pride / recommend recommendation / renovate renovation /
    resign resignation / retire retirement / ride rode ridden / ring rang rung / rise rose risen / run ran /
    say said / see saw seen / sell sold sale / send sent / sew sewn / shake shook shaken / shoot shot / show shown /
    sick sickness / sing sang sung song / sink sank sunk / sit sat / sleep slept asleep / speak spoke spoken speech /
    spend spent / stand stood / steal stole stolen / stick stuck / strike struck / strong strength /
    suggest suggestion / swim swam swum / take took taken / teach taught / tear tore torn / tell told /
    think thought / throw threw thrown / tooth teeth / translate translation translator / understand understood /
    volunteer voluntary / wake woke woken / wear wore worn / weigh weight / wide width / wife wives / win won /
    woman women / write wrote written / young youth
"""

# What is also said for the word before the colon, or what people name who are asked for a thing of its kind.
ALIKE = """
    accident: crash / acquire: get buy / advice: tip suggest / afraid: scared fear / age: years old / agent: realtor /
    airplane: plane flight / alcohol: beer wine / angry: furious annoyed / animal: dog cat horse bird /
    appointment: booking / arrive: come / art: painting drawing sculpture / assist: help / attempt: try / attend: go /
    author: writer / award: prize win / baby: newborn infant / baker: bakery / band: group gig /
    bathroom: bath shower / beach: sea ocean coast / beautiful: lovely gorgeous / begin: start / bicycle: bike /
    big: large huge / bike: bicycle cycling / bill: invoice / bird: parrot / birth: born / birthday: turn /
    book: novel read / born: birth / boss: manager / break: fracture broke / brother: sibling / build: make /
    business: company firm shop / buy: purchase / cake: bake / call: phone ring / camping: tent camp / car: vehicle /
    career: job / cat: kitten / cause: because / celebrate: party / ceremony: wedding /
    challenge: hard difficult struggle / change: switch / charity: fundraiser donate / child: kid son daughter baby /
    choose: pick / church: faith / cinema: movie film / city: town / client: customer buyer /
    clothes: dress shirt jacket / club: group / colleague: coworker workmate /
    color: red blue green yellow pink purple black white grey /
    colour: red blue green yellow pink purple black white grey / community: group / company: firm business /
    compete: contest race tournament / competition: contest race tournament / complete: finish / computer: laptop /
    concert: gig show / continue: carry / contract: agreement sign / cook: recipe / cost: price pay paid /
    country: abroad / course: class / craft: knit sew pottery / crash: accident / create: make / damage: broke ruin /
    date: dating / date: day / decide: choose / degree: graduate / dessert: cake pie / destroy: ruin chew /
    die: pass funeral / diet: food eat / difficulty: hard struggle / dinner: supper meal / discount: cheaper /
    discuss: talk / disease: illness / dish: recipe cook / doctor: gp / doctor: physician clinic / dog: puppy /
    draw: sketch / dream: goal / drink: coffee tea beer wine / employ: hire job / employee: staff / end: finish /
    enjoy: love like fun / event: party / exam: test / exercise: workout gym training / expensive: cost /
    fail: failed / fall: slip tumble / family: relatives / father: dad daddy papa / favorite: favourite love best /
    favourite: favorite love best / fear: afraid scared / film: movie / finish: complete end done /
    fire: sack redundant / fix: repair / flat: apartment condo / flower: plant roses / food: meal eat /
    fracture: broke break / friend: buddy mate pal / game: play / garden: yard backyard / gift: present /
    give: present / goal: aim dream / government: council / grandfather: grandpa grandad granddad /
    grandmother: grandma granny nana gran / group: club / gym: workout / happy: glad thrilled / hate: dislike /
    health: doctor medical / help: support / hike: hiking walk trail / hire: employ / hobby: pastime /
    holiday: vacation trip / home: house flat apartment place / hope: wish / hospital: clinic ward surgery /
    house: home property place / hurt: pain injure / husband: spouse / ill: sick / injure: hurt /
    injury: hurt broke injured / inspect: survey / instructor: teacher coach /
    instrument: guitar piano violin drums bass cello flute saxophone trumpet clarinet ukulele keyboard /
    intend: plan / interested: keen / issue: problem trouble / jewelry: necklace ring / job: work / join: sign /
    journey: trip / kitchen: oven / landlord: rent / large: big / learn: study lesson / leave: quit /
    lesson: class course / like: enjoy love / listing: property / living: job / love: adore / lunch: meal /
    make: build / match: game / meal: dinner lunch breakfast / medication: pill medicine tablet /
    medicine: pill medication tablet / meeting: appointment / member: join / message: text email / military: army /
    mistake: wrong error / money: cash / money: pounds dollars / mortgage: loan / mother: mom mum mama mummy mommy /
    mountain: hill peak / move: relocate / movie: film / music: song band / name: call / necklace: pendant /
    neighbor: neighbour / nervous: anxious worried / nickname: call / obtain: get / occupation: job work /
    offer: bid / office: work / old: age years / operation: surgery / organise: plan arrange /
    organize: plan arrange / pain: ache sore hurt / paint: painting / parent: mother father mom mum dad /
    participate: join / partner: husband wife boyfriend girlfriend / party: celebrate / pass: passed /
    perform: play gig / person: somebody someone / pet: dog cat puppy kitten hamster rabbit / phone: call ring /
    photo: picture / photograph: photo picture / pick: choose / picture: photo / plan: intend / plant: flower /
    police: officer / present: gift / price: cost asking offer / prize: award win / problem: issue trouble /
    profession: job work / property: listing house / proud: pride / pupil: student / puppy: dog / purchase: buy /
    quit: leave resign / rain: wet storm / read: book / realtor: agent / reason: because / receive: get /
    recommend: suggest / relative: uncle aunt cousin niece nephew / religion: church faith / relocate: move /
    remove: take / renovate: redo / rent: lease tenant landlord / repair: fix mend / replace: swap new /
    resign: quit notice / restaurant: cafe diner / return: back / road: street / room: bedroom / sad: upset cry /
    salary: pay wage / say: tell / school: class / sell: listing / shoes: boots trainers / shop: store /
    show: series / sibling: brother sister / sick: ill / sister: sibling / small: little tiny / song: track tune /
    spare: free / speak: talk /
    sport: football soccer tennis basketball swimming running cycling climbing volleyball hockey / start: begin /
    stay: hotel / steal: stolen theft / stop: quit / store: shop / student: pupil / study: learn / succeed: success /
    suggest: recommend / support: help / surgery: operation / surprised: shocked / talk: chat speak /
    teacher: tutor instructor coach / team: squad / telephone: call phone / tell: say mention / theft: stolen /
    therapy: therapist counseling / tired: exhausted / title: call / town: city village / travel: trip visit /
    trip: travel journey vacation holiday / try: attempt / university: college uni / vacation: holiday trip /
    vehicle: car van truck bike motorbike / viewing: showing tour / visit: trip see / volunteer: charity shelter /
    walk: hike stroll / want: wish / weather: rain snow storm / wedding: marry / weight: kilos pounds / wife: spouse /
    win: prize award / work: job / worried: nervous anxious / worry: concern / writer: author write
"""
