"""Top-level domains that e-mail addresses may end in: all of countries, the generic ones in use."""

TOP_LEVEL_DOMAINS = frozenset(
    """
ac academy accountants ad ae aero af africa ag agency ai al am amazon amsterdam ao apartments app
apple aq ar arpa art arts as asia at attorney au audio auto autos aw ax az ba baby band bank bar
barcelona barclays bargains bayern bb bd be beauty beer berlin bet bf bg bh bi bible bike bingo
bio biz bj black blog blue bm bmw bn bnpparibas bo boats boston bot br brussels bs bt build
builders business buzz bv bw by bz bzh ca cafe canon capetown capital car cards care cars cash
casino cat catering cc cd center cf cg ch charity chat cheap church ci city ck cl clinic clothing
cloud club cm cn co codes coffee college cologne com community company computer condos
construction consulting contractors cool coop corsica courses cr credit cruises cu cv cw cx cy
cymru cz daily data dating de deals delivery dental design dev diamonds digital direct directory
discount dj dk dm do doctor dog domains download durban dz earth ec eco edu education ee eg email
energy engineer engineering enterprises er es estate et eu eus exchange expert express faith
family farm fashion fi film finance financial fish fitness fj fk flights flowers fm fo food
foundation fr friend fun fund ga gal gallery game games garden gb gd ge gent gf gg gh gi gift
gifts gl global gm gmail gmbh gn gold google gov gp gq gr green group gs gt gu guide guru gw gy
hair hamburg health healthcare help hk hm hn holiday home homes hospital host hosting hotel hotels
house how hr hsbc ht hu icu id ie il im in inc industries info institute insurance int
international investments io iq ir irish is istanbul it je jewelry jm jo jobs joburg jp ke kg kh
ki kids kitchen km kn koeln kp kr kw ky kz la lab land law lawyer lb lc legal li life limited limo
live lk llc loans lol london love lr ls lt ltd lu luxury lv ly ma madrid makeup management market
marketing markets mc md me media melbourne mg mh miami microsoft mil mk ml mm mn mo mobi money
mortgage moscow motorcycles movie mp mq mr ms mt mu museum music mv mw mx my mz na name nc ne net
network new news nf ng ngo ni ninja nl no now np nr nrw nu nyc nz om one ong online org osaka pa
page paris partners parts pe pet pf pg ph photo photography photos pics pink pizza pk pl plumbing
pm pn poker post pr press pro promo properties property ps pt pub pw py qa quebec re realestate
recipes red rent rentals report restaurant review reviews ro rocks rs ru ruhr run rw sa saarland
sale salon sb sc school science scot sd se security services sexy sg sh shoes shop show si site sj
sk sl sm sn so social software solar solutions sony space sr srl ss st store studio su supplies
supply support sv swiss sx sy sydney systems sz tax taxi tc td team tech technology tel tf tg th
theater tickets tips tirol tj tk tl tm tn to today tokyo tools top tours town tr trading training
travel tt tv tw tz ua ug uk university us uy uz va vacations vc ve vegas ventures vet vg vi video
vip vision vlaanderen vn voyage vu wales watch web website wedding weekly wf wien wiki wine work
works world ws wtf xxx xyz yachts ye yoga youtube yt za zm zone zw
""".split()  # noqa: SIM905 - as a list, 700 lines
)
