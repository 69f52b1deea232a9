/// What invented names are made of. No real artist or person is meant.
enum Words {
  static let syllables = [
    "vel", "mor", "ka", "thi", "lun", "dra", "qui", "zen", "plo", "rix", "sha", "umb", "tor", "nev", "gly",
    "osk", "fen", "bry", "jal", "wex", "cau", "ind", "ost", "yra",
  ]

  /// Pairs that make a name of two words, one row per script or language.
  static let languages: [(first: [String], second: [String])] = [
    (
      [
        "Hollow", "Paper", "Seventh", "Velvet", "Quiet", "Copper", "Salted", "Borrowed", "Northern",
        "Crooked",
      ],
      [
        "Lanterns", "Almanac", "Harbourmasters", "Umbrella", "Thistle", "Kilometres", "Cartographers",
        "Attic",
      ]
    ),
    (
      ["Café", "Forêt", "Été", "Château", "Noël", "Fenêtre", "Déjà"],
      ["Éphémère", "Brûlée", "Oubliée", "Électrique", "à l'Envers", "Ç'Est Tout"]
    ),
    (
      ["Żółta", "Cicha", "Śnieżna", "Gęsia", "Łódzka"],
      ["Parasolka", "Źródłostruna", "Mgławica", "Jaźń", "Wężownica"]
    ),
    (
      ["Ñandú", "Corazón", "Señor", "Último", "Pájaro"],
      ["de Hojalata", "Eléctrico", "Sin Dueño", "del Año Bisiesto", "¡Sí!"]
    ),
    (
      ["Süßer", "Größter", "Blauer", "Müder"],
      ["Käfer", "Zündschlüssel", "Gänsemarsch", "Föhn", "Rückenwind"]
    ),
    (["夜の", "青い", "静かな", "忘れた", "小さな"], ["灯台", "郵便局", "金魚", "天気図", "階段"]),
    (["Тихий", "Синий", "Бумажный", "Забытый"], ["Чердак", "Метроном", "Океанариум", "Самовар"]),
    (["Μικρό", "Χαμένο", "Γαλάζιο"], ["Φανάρι", "Καράβι", "Ημερολόγιο"]),
    (["مدينة", "نافذة", "صدى"], ["الورق", "الرمال", "الفضة"]),
    (["작은", "푸른", "잊힌"], ["우산", "등대", "정거장"]),
    (["İnce", "Çılgın", "Güneşli"], ["Şemsiye", "Ağaç", "Işıklar"]),
  ]

  /// Names that break what forgets to escape.
  static let oddNames = [
    "<script>alert(\"crate\")</script>", "\"Quoted\" & Sons", "O'Tannenburgh's 7\" Single", "🦊 Foxglove 🦊",
    "Back\\Slash // Comment --", "<b>Bold</b> &amp; Brave", "'; DROP TABLE tracks; --", "👩🏽‍🚀 Orbit Ñ°9",
    "A\u{0301}ccent Decomposed", "Line\u{2028}Separator", "%7Bpercent%20%27s%7D",
    "{{template}} ${expression}",
    "Tab\tbed", "\u{202E}Backwards\u{202C}", "=SUM(A1:A9)",
  ]

  static let titles = [
    "Static on the Line", "Half a Map", "Umbrella Weather", "Slow Escalator", "Marzipan", "Two Doors Down",
    "The Cartographer's Mistake", "Kitchen Light", "No Forwarding Address", "Tideline", "Glass Elevator",
    "Night Bus to Nowhere Much", "Paper Tigers, Paper Moons", "Counting Pylons", "Left-Handed Scissors",
    "Postcards from the Attic", "Rain on a Tin Piano", "Borrowed Coat", "What the Lighthouse Said", "Ferrous",
    "Über den Dächern", "Petit Déjeuner", "雨のあと", "Последний трамвай", "Canción para un Grillo", "Mała Noc",
    "نوافذ", "Καλοκαίρι", "겨울 바다", "Yağmurdan Sonra", "Interlude", "Untitled (March)",
  ]

  static let suffixes = [
    "", "", "", "", "", "", " - Live", " (Remix)", " - 2019 Remaster", " [Demo]", " (Acoustic)", ", Pt. 2",
  ]

  static let genres = [
    "attic pop", "lantern folk", "paper techno", "slow disco", "tin jazz", "harbour dub", "chamber grime",
    "r&b", "post-waltz", "música de balcón", "kiosk wave",
  ]

  static let labels = ["Thistle & Sons", "Seventh Attic", "Kopfstand Tonträger", "Brûlé Records", "無印音盤"]

  /// The markets that a release is sold in, as Spotify lists them in Extended Quota Mode.
  static let markets: [String] = """
    AR AU AT BE BO BR BG CA CL CO CR CY CZ DK DO DE EC EE SV FI FR GR GT HN HK HU IS IE IT LV LT LU MY MT MX NL \
    NZ NI NO PA PY PE PH PL PT SG SK ES SE CH TW TR UY US GB AD LI MC ID JP TH VN RO IL ZA SA AE BH QA OM KW EG \
    MA DZ TN LB JO PS IN KZ MD UA AL BA HR ME MK RS SI KR BD PK LK GH KE NG TZ UG AG AM BS BB BZ BT BW BF CV CW \
    DM FJ GM GE GD GW GY HT JM KI LS LR MW MV ML MH FM NA NR NE PW PG PR WS SM ST SN SC SL SB KN LC VC SR TL TO \
    TT TV VU AZ BN BI KH CM TD KM GQ SZ GA GN KG LA MO MR MN NP RW TG UZ ZW BJ MG MU MZ AO CI DJ ZM CD CG IQ LY \
    TJ VE ET XK
    """.split(separator: " ").map(String.init)
}
