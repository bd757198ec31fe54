"""English: folded, groups between strokes."""

from __future__ import annotations

MONTHS = "january february march april may june july august september october november december"

# Forms of one word that the stemmer does not join, and words made of it.
FORMS = """
    able ability / absent absence / accept acceptance / accuse accusation / adopt adoption / advise advice /
    allergy allergic / anger angry / announce announcement / apologise apology apologize / apply application applied /
    appoint appointment / argue argument / arrive arrival / art artist artistic / attend attendance /
    bake baker bakery baking / be became become becomes becoming / begin began begun / behave behaviour behavior /
    believe belief / bend bent / bind bound / bite bit bitten / bleed bled / blow blew blown / born birth /
    break broke broken / breathe breath / bring brought / build built / burn burnt / buy bought / catch caught /
    celebrate celebration / child children / choose choice / choose chose chosen / cling clung / come came /
    compare comparison / compete competition competitor / complain complaint / confirm confirmation /
    construct construction / cost costs / creep crept / cut cutting / dangerous danger / deal dealt /
    decide decision / deep depth / deliver delivery / descend descent / describe description / develop development /
    die died death dead / different difference / dig dug / discuss discussion / dive dove / divorce divorced /
    donate donation donor / draw drew drawn / dream dreamt / drink drank drunk / drive drove driven / dwell dwelt /
    easy ease / eat ate eaten / educate education / engage engaged engagement / exhibit exhibition /
    expect expectation / explain explanation / fail failure / fall fell fallen / famous fame / feed fed / feel felt /
    fight fought / find found / flee fled / fly flew flown flight / foot feet / forbid forbade forbidden /
    forget forgot forgotten / forgive forgave forgiven / free freedom / freeze froze frozen / get got gotten /
    give gave given gift / go went gone / goose geese / graduate graduation / grow grew grown / half halves /
    hang hung / hear heard / hide hid hidden / high height / hit hitting / hold held / hot heat / hungry hunger /
    ill illness / important importance / injure injury injured / inspect inspection inspector / inspire inspiration /
    insure insurance / invite invitation / keep kept / knife knives / knit knitted / know knew known /
    know knowledge / lay laid / lazy laziness / lead led / leaf leaves / lean leant / learn learnt / leave left /
    lend lent / lie lay lain / life live lived lives / light lit / loaf loaves / long length / lose lost loss /
    lucky luck / make made / man men / marry married marriage / mean meant / measure measurement / meet met /
    mouse mice / move movement / music musician musical / obey obedience / operate operation /
    organise organisation organize organization / paint painter painting / pay paid / perform performance /
    permit permission / person people / photo photograph photographer photography picture / please pleased pleasure /
    possible possibility / potato potatoes / prefer preference / pregnant pregnancy / prepare preparation /
    prescribe prescription / produce production product / promote promotion / pronounce pronunciation /
    propose proposal / protect protection / proud pride / prove proved proof / publish publication publisher /
    put putting / quit quitting / react reaction / receive receipt / recommend recommendation / refuse refusal /
    register registration / relate relation relationship / renovate renovation / reserve reservation /
    resign resignation / respond response / retire retirement / ride rode ridden / ring rang rung / rise rose risen /
    run ran / safe safety / say said / see saw seen / seek sought / sell sold sale / send sent / serve service /
    set setting / sew sewn / shake shook shaken / shelf shelves / shoot shot / show shown / sick sickness /
    sign signature / sing sang sung song / sink sank sunk / sit sat / sleep slept asleep / smell smelt /
    solve solution / speak spoke spoken speech / spell spelt / spend spent / spill spilt / stand stood /
    steal stole stolen / stick stuck / strike struck / strong strength / succeed success successful /
    suggest suggestion / swear swore sworn / sweep swept / swim swam swum / take took taken / teach taught /
    tear tore torn / tell told / thief theft thieves / think thought / threat threaten / throw threw thrown /
    tooth teeth / translate translation translator / treat treatment / understand understood / vary various variety /
    volunteer voluntary / vote voter / wake woke woken / warm warmth / wear wore worn / weave wove woven /
    weigh weight / wide width / wife wives / win won / wind wound / wise wisdom / withdraw withdrew withdrawn /
    woman women / write wrote written / young youth
"""

# What is also said for the word before the colon, or what people name who are asked for a thing of its kind.
ALIKE = """
    accept: agree yes / accident: crash / accountant: bookkeeper tax / ache: pain / acquire: get buy /
    address: street avenue / admire: proud / adopt: rescue / adult: grown / advertise: ad listing /
    advice: tip suggest / afford: budget / afraid: scared fear / age: years old / agent: realtor / agree: accept /
    airplane: plane flight / airport: flight / album: record songs / alcohol: beer wine / allergic: reaction /
    alone: lonely / ancestor: grandmother grandfather / angry: furious annoyed / animal: dog cat horse bird /
    anniversary: years married / apartment: flat condo / application: apply / appointment: booking /
    area: neighborhood district / argue: quarrel fight row / arrest: police / arrive: come /
    art: painting drawing sculpture / article: magazine newspaper / assist: help / assistant: helper / attempt: try /
    attend: go / attic: loft / attorney: lawyer / aunt: auntie / author: writer / award: prize win /
    baby: newborn infant toddler / backyard: garden yard / bag: backpack / baker: bakery / balcony: terrace /
    band: group gig / bandage: cast plaster / baptism: christening / barbecue: grill bbq / basement: cellar /
    bathroom: bath shower / beach: sea ocean coast / beautiful: lovely gorgeous / begin: start / bicycle: bike /
    big: large huge / bike: bicycle cycling / bill: invoice / bird: parrot / birth: born / birthday: turn /
    blood: pressure / boardgame: game / boat: ship sail / boiler: heating / book: novel read reading / bored: boring /
    born: birth / borrow: lend loan / boss: manager / bread: loaf sourdough / break: fracture broke /
    breakfast: morning / breakup: broke split / breed: dog / brother: sibling / budget: afford money / build: make /
    builder: contractor / building: block / bus: coach / business: company firm shop / buy: purchase /
    cabin: cottage lodge / cake: bake / call: phone ring / camera: photo / campfire: camping fire /
    camping: tent camp / cancel: called off / cancer: tumor tumour / car: vehicle / career: job / cast: plaster /
    cat: kitten / cause: because / celebrate: party / ceramics: pottery clay / ceremony: wedding /
    challenge: hard difficult struggle / change: switch / character: hero / charity: fundraiser donate /
    cheap: inexpensive bargain / chef: cook / chess: game / child: kid son daughter baby / chocolate: sweet /
    choir: sing / choose: pick / christmas: xmas / church: faith / cinema: movie film / city: town /
    cleaner: cleaning / client: customer buyer / climb: climbing bouldering / close: closing shut /
    closing: close completion / clothes: dress shirt jacket / club: group / coat: jacket / cold: flu freezing /
    colleague: coworker workmate / color: red blue green yellow pink purple black white grey /
    colour: red blue green yellow pink purple black white grey / commission: percent / community: group /
    company: firm business / compete: contest race tournament / competition: contest race tournament /
    complete: finish / computer: laptop / concert: gig show / condo: apartment / console: game / continue: carry /
    contract: agreement sign / contractor: builder / cook: recipe / cost: price pay paid / cottage: cabin /
    couch: sofa / counselor: therapist / counteroffer: counter offer / country: abroad / course: class /
    court: judge trial / craft: knit sew pottery / crash: accident / create: make / crime: police stolen /
    crutches: cast leg / cry: tears / current: now / damage: broke ruin / dance: dancing ballet salsa /
    date: dating day / deadline: due / debt: owe loan / decide: choose / decline: refuse / decorate: decoration /
    decrease: drop lower / degree: graduate diploma / delay: late postponed / deliver: arrive / dentist: tooth teeth /
    deposit: payment earnest / depressed: sad depression / desert: sand / dessert: cake pie / destroy: ruin chew /
    developer: software programmer / diary: journal / die: pass funeral dead passed / diet: food eat /
    difficulty: hard struggle / dinner: supper meal / disappointed: upset / discount: cheaper / discuss: talk /
    disease: illness / dish: recipe cook / divorce: split separated ex / doctor: gp physician clinic /
    document: paperwork papers / dog: puppy / draw: sketch / drawing: sketch / dream: goal / dress: clothes gown /
    drink: coffee tea beer wine / driver: drive / drop: lower fall / drum: drums / duty: task / earn: salary pay /
    earthquake: disaster / easter: spring / election: vote / electrician: wiring electric / elevator: lift /
    email: mail / employ: hire job / employee: staff / encourage: support / end: finish / engineer: engineering /
    enjoy: love like fun / event: party / ex: former divorced / exam: test / excited: thrilled /
    exercise: workout gym training / expensive: cost / fail: failed / fair: festival / fall: slip tumble /
    family: relatives / father: dad daddy papa / favorite: favourite love best / favourite: favorite love best /
    fear: afraid scared / fee: charge / fence: gate / festival: fair / fever: temperature / fiance: engaged /
    fiancee: engaged / fight: argue / film: movie / final: last / finish: complete end done /
    fire: sack redundant burn burnt / first: initial / fish: fishing / fishing: fish / fix: repair /
    flat: apartment condo / flood: water leak / floor: storey / flower: plant roses / flu: cold fever /
    food: meal eat / forest: woods / forget: forgot / form: application / former: ex old / fracture: broke break /
    fridge: refrigerator / friend: buddy mate pal / fruit: apple banana orange strawberry / funeral: died /
    funny: laugh / fur: coat hair / furniture: sofa table chair bed / future: next plan / gallery: exhibition museum /
    game: play / gaming: game / garden: yard backyard plants / genre: type / gift: present / give: present /
    glasses: spectacles / goal: aim dream / government: council / grade: mark score / graduate: degree diploma /
    graduation: graduate / grandfather: grandpa grandad granddad / grandmother: grandma granny nana gran /
    grateful: thankful thanks / grill: barbecue / groceries: supermarket food / group: club / guest: visitor /
    guitar: acoustic / gym: workout / hair: haircut / haircut: hair / halloween: costume / happy: glad thrilled /
    hat: cap / hate: dislike / headache: migraine / heal: recover better / health: doctor medical / heart: cardiac /
    heating: boiler furnace radiator / help: support / hike: hiking walk trail / hire: employ / hobby: pastime /
    holiday: vacation trip / home: house flat apartment place / homework: assignment / honeymoon: wedding /
    hope: wish / horse: pony riding / hospital: clinic ward surgery / hot: warm / house: home property place /
    hunt: hunting / hurt: pain injure sore / husband: spouse / ill: sick / immigrant: immigration country abroad /
    income: salary earn / increase: raise more / ingredient: flour sugar butter / injure: hurt /
    injury: hurt broke injured / inspect: survey / inspection: survey / inspire: motivate /
    instructor: teacher coach /
    instrument: guitar piano violin drums bass cello flute saxophone trumpet clarinet ukulele keyboard /
    intend: plan / interested: keen / intern: internship / internet: online wifi / interview: interviewed /
    island: beach / issue: problem trouble / jacket: coat / jealous: envy / jewelry: necklace ring / job: work /
    jog: run / join: sign / journal: diary / journalist: reporter newspaper / journey: trip / key: keys /
    kid: child son daughter / kindergarten: nursery preschool / kitchen: oven / knit: yarn / lake: water /
    landlord: rent / language: spanish english french german / large: big / last: final / laugh: funny / law: legal /
    lawn: grass / lawyer: attorney solicitor / leak: drip water / learn: study lesson / leave: quit /
    legal: law lawyer / lend: loan / lesson: class course / letter: mail / lift: elevator / like: enjoy love /
    listing: property / living: job / loan: borrow mortgage / location: where address place / lonely: alone /
    lounge: living sofa / love: adore / luggage: suitcase bag / lunch: meal / magazine: article / mail: letter post /
    make: build / mall: shop / marathon: race run / mark: grade score / market: stall / match: game /
    meal: dinner lunch breakfast / mean: symbolize represent / mechanic: garage / medication: pill medicine tablet /
    medicine: pill medication tablet / meditate: meditation yoga / meeting: appointment / member: join /
    memory: remember / mentor: coach teacher / message: text email / migraine: headache / military: army /
    mistake: wrong error / money: cash pounds dollars / mortgage: loan / mother: mom mum mama mummy mommy /
    motivate: inspire inspired / mould: mold damp / mountain: hill peak / move: relocate / movie: film /
    museum: gallery exhibition / music: song band / name: call / necklace: pendant jewelry /
    negotiate: offer counter / neighbor: neighbour / neighborhood: area district / neighbourhood: area district /
    nervous: anxious worried / newspaper: paper / nickname: call / nurse: hospital / nursery: kindergarten /
    obtain: get / occupation: job work / offer: bid / office: work / old: age years / operation: surgery /
    order: ordered / organise: plan arrange / organize: plan arrange / oven: stove / owner: own landlord /
    package: parcel / pain: ache sore hurt / paint: painting colour color / paperwork: documents forms /
    parcel: package / parent: mother father mom mum dad / participate: join /
    partner: husband wife boyfriend girlfriend / party: celebrate / pass: passed / passport: visa / password: code /
    pasta: spaghetti lasagna noodles / patio: terrace backyard / payment: pay / pension: retire / perform: play gig /
    person: somebody someone / pet: dog cat puppy kitten hamster rabbit / phone: call ring /
    photo: picture pictures snapshot / photograph: photo picture / piano: keyboard / pick: choose / picture: photo /
    pill: tablet / plan: intend / plane: flight / plant: flower / plumber: plumbing pipes / poem: poetry /
    poetry: poem / police: officer / pool: swim / porch: balcony terrace / position: job role /
    postpone: delay moved later / pottery: clay ceramics / pray: prayer church / pregnant: expecting due /
    present: gift / previous: former last old / price: cost asking offer / priest: pastor vicar / prize: award win /
    problem: issue trouble / profession: job work / profit: earn / programmer: software developer code /
    project: working / promise: promised / promotion: promoted / property: listing house / proud: pride /
    psychologist: therapist / pupil: student / puppy: dog / purchase: buy / puzzle: jigsaw /
    quarrel: argue fight row / quit: leave resign / race: marathon run / rain: wet storm / rainbow: sky /
    raise: increase / read: book / realtor: agent / reason: because / receive: get / recent: lately /
    recommend: suggest / record: album / recover: better heal / reduce: cut lower / refuse: no decline reject /
    reject: refuse turned / relative: uncle aunt cousin niece nephew / relax: unwind calm rest /
    religion: church faith / religious: church faith / relocate: move / remember: remind memory / remind: reminder /
    remove: take / renovate: redo / rent: lease tenant landlord / repair: fix mend / replace: swap new /
    represent: symbol stand mean / reptile: snake turtle lizard / rescue: adopt shelter / researcher: research /
    resign: quit notice / rest: relax sleep / restaurant: cafe diner / result: score outcome /
    retire: retired pension / return: back / ring: jewelry / river: water / road: street / role: job position /
    roof: attic / room: bedroom / roommate: flatmate housemate / rose: roses flower / run: jog marathon race /
    sad: upset cry / sail: boat / salary: pay wage / salesperson: sales / save: savings / savings: saved save /
    say: tell / schedule: calendar appointment plan / scholarship: grant / school: class / scientist: research /
    score: points result / sculpture: statue / secret: surprise / secretary: assistant / seed: plant / sell: listing /
    seller: owner vendor / separate: split divorce / series: show tv season / sew: sewing fabric /
    shelter: rescue homeless / ship: boat / shirt: tshirt / shoes: boots trainers / shop: store / show: series /
    showing: viewing / sibling: brother sister / sick: ill / sing: choir song / single: unmarried / sister: sibling /
    size: square metres feet / ski: skiing snowboard / sleep: bed nap / small: little tiny / snack: food /
    snake: reptile / snow: winter / sofa: couch / soldier: army military / song: track tune / soup: stew /
    spare: free / speak: talk / spend: cost pay / spicy: hot /
    sport: football soccer tennis basketball swimming running cycling climbing volleyball hockey /
    square: metres feet / stairs: steps / stars: sky / start: begin / station: train / stay: hotel /
    steal: stolen theft / stop: quit / store: shop / storm: wind thunder / story: tale novel / stove: oven cooker /
    stranger: unknown / stress: stressed overwhelmed pressure / stressed: overwhelmed / strike: union /
    stroke: heart / student: pupil / study: learn / subject: course topic / subway: metro / succeed: success /
    suggest: recommend / suitcase: luggage / sunny: sun / sunset: sun sky / supermarket: grocery / supper: dinner /
    support: help / surgery: operation / surprise: surprised unexpected / surprised: shocked / survey: inspection /
    sweet: sugar dessert / swim: pool swimming / symbol: represents stands mean / tablet: pill / talk: chat speak /
    task: chore / tattoo: ink / tax: taxes / teacher: tutor instructor coach / team: squad colleagues /
    teenager: teen / telephone: call phone / television: tv / tell: say mention / tenant: renter / tent: camping /
    terrace: balcony patio / thanksgiving: turkey / theater: theatre play / theatre: theater play / theft: stolen /
    therapist: counselor therapy / therapy: therapist counseling / thrilled: excited / ticket: tickets booked /
    tired: exhausted / title: call / town: city village / toy: doll lego / tradition: traditional /
    train: railway station / travel: trip visit / tree: trees / trip: travel journey vacation holiday /
    trust: believe / try: attempt / turtle: tortoise / tv: television series show / twin: twins /
    university: college uni / unwind: relax / upset: sad / vacation: holiday trip / vaccine: jab shot / value: worth /
    vegan: vegetarian / vegetable: carrot potato tomato / vegetables: garden / vegetarian: meat vegan /
    vehicle: car van truck bike motorbike / vendor: seller / vet: veterinarian animal / video: film /
    videogame: game gaming / view: look see / viewing: showing tour / visa: passport / visit: trip see /
    volunteer: charity shelter volunteering / vote: election / waiter: waitress server / walk: hike stroll /
    want: wish / war: army / waterfall: river / wear: dress clothes / weather: rain snow storm /
    website: site online / wedding: marry / weight: kilos pounds / widow: husband died / wife: spouse /
    win: prize award / wood: carpentry woodwork / woods: forest / work: job / workplace: office work /
    worried: nervous anxious / worry: concern / worth: value / writer: author write / yard: garden /
    yoga: meditation
"""
