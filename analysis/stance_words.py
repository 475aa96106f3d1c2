"""Words by which an answer evaluates, weighs, agrees and denies, by language; they know no topic and no model.

Words are lower case; a trailing ``*`` marks the beginning of a word. Chinese entries are pieces of a regular expression
for both scripts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    # Evaluation.
    "praise": (
        "good great best better benefit* beneficial advantag* positive* success* succeed* improv* enhanc* empower* "
        "essential "
        "vital valuable value values worth worthwhile worthy importan* crucial effective* efficien* progress* prosper* "
        "opportunit* innovat* thriv* flourish* strength* support* protect* safe safer safety secure security stab* "
        "peace* "
        "justice just fair fairness freedom* free libert* equal equality dignity rights hope* inspir* courage* brave* "
        "hero* "
        "noble compassion* kind kindness love* joy* wise wisdom moral ethical justif* legitimate legitimacy reward* "
        "gain* "
        "growth boost* strong stronger solution* solve* sustainab* resilien* unity united cooperat* collaborat* trust* "
        "integrity democratic inclusive inclusion vibrant bright brighter transform* advance* achiev* accomplish* "
        "triumph* "
        "celebrat* admir* pride proud cornerstone beacon bedrock enrich* foster* uplift* heal healing harmony cherish* "
        "remarkable outstanding excellent wonderful welcome* help helps helped helpful necessary reduce* dedicat* "
        "bien bon bonne bons bonnes meilleur* avantag* bénéfi* positif* positive* réussi* succès amélior* utile* "
        "précieu* essentiel* efficace* progrès prospér* chance* solution* protèg* protég* sécurité paix juste justice "
        "liberté* dignité espoir* sage sagesse légitim* nécessaire* renforc* favoris* permet permettrait soutien "
        "soutenir "
        "gut gute guten gutes guter besser beste* vorteil* nutzen nützlich* positiv* erfolg* verbesser* wichtig* "
        "wertvoll* "
        "wirksam* effizien* fortschritt* wohlstand chance* stärk* schütz* schutz sicher sicherheit frieden gerecht* "
        "freiheit* "
        "würde hoffnung* sinnvoll* richtig notwendig* lohn* förder* entlast* gewinn* ermöglich* unterstütz* berechtigt*"
    ),
    "blame": (
        "bad worse worst harm* damag* destr* devastat* negative* drawback* disadvantag* cost costs costly burden* "
        "problem* "
        "fail* flaw* danger* threat* risk* risky suffer* pain* victim* violen* death* kill* crime* criminal* corrupt* "
        "oppress* repress* exploit* abus* injust* unjust unfair* inequalit* discriminat* racis* hate* hatred bigot* "
        "prejudic* "
        "cruel* brutal* atrocit* traged* tragic catastroph* disast* crisis crises chaos collaps* decline* erod* "
        "erosion "
        "undermin* weaken* exacerbat* worsen* hinder* imped* obstacle* challeng* concern* controvers* wrong* immoral "
        "unethical unaccept* inhuman* degrad* dehumaniz* shame* fear* divide* division* divisive polariz* conflict* "
        "poverty "
        "unemploy* instabilit* unstable insecur* misinform* disinform* manipulat* propagand* authoritarian* tyran* "
        "dictator* "
        "autocra* undemocratic illegal unlawful violat* neglect* ignor* waste* wasteful inefficien* ineffective* "
        "unsustain* "
        "pollut* toxic evil horror* horrif* bloodshed bloody loss losses lost stagnat* inflation debt distort* "
        "misguid* "
        "false* myth* mislead* deceiv* lie lies dark darkness despair* grief scar scars wound* stigma* marginal* "
        "vulnerable "
        "excessive* overreach* unintended detriment* insufficient lack lacks inadequate* stifl* silenc* censor* "
        "irresponsib* "
        "mal mauvais* pire pires nuis* nocif* dommage* négatif* négative* inconvén* coûte* coût coûts fardeau problèm* "
        "échec* échou* danger* menac* risqu* souffr* victime* injust* inégal* discrimin* corrompu* corruption "
        "catastroph* "
        "désastr* crise* affaibli* aggrav* entrav* tort erreur* inutile* inefficace* gaspill* pollu* perte* perd* "
        "faux fausse "
        "schlecht* schlimm* schad* schäd* negativ* nachteil* kosten kostet belast* problem* scheiter* gefahr* gefähr* "
        "bedroh* "
        "risik* leid leiden opfer* ungerecht* ungleich* diskriminier* korrupt* katastroph* krise* schwäch* "
        "verschlechter* "
        "behinder* falsch* fehler* unnötig* sinnlos* unwirksam* verschwend* verlust* verlier* zerstör* unsinn*"
    ),
    # Weighing.
    "weighing": (
        "however whereas conversely although though nevertheless nonetheless balance* both sides debate* complex* "
        "nuance* "
        "multifaceted controvers* perspective* viewpoint* drawbacks counterargument* critic critics skeptic* opponent* "
        "proponent* advocates supporters some others mixed ambivalen* trade-off* tradeoff* depends depending while "
        "pros cons "
        "paradox* double-edged differ* disagree* "
        "cependant toutefois néanmoins tandis débat* complexe* nuanc* équilibr* partisans opposants adversaires "
        "critiques "
        "certains certaines autres dépend côté inversement "
        "jedoch allerdings hingegen dagegen andererseits einerseits debatte* komplex* ausgewogen* befürworter* gegner* "
        "kritiker* manche andere abwäg* kommt seite umstritten* zugleich"
    ),
    "inquiry": (
        "whether explor* examin* analy* evaluat* assess* investigat* subjective objective* neutral impartial "
        "perspective* viewpoint* "
        "aspect* various multiple diverse question* consider* understand* overview discuss* debate* contentious "
        "controvers* sensitive "
        "complex* nuance* multifaceted dual implications shaped impacted "
        "si examin* explor* analys* évalu* perspective* aspect* divers* question* comprendre aperçu sensible "
        "complexe* nuanc* "
        "ob untersuch* analys* bewert* beleucht* perspektive* aspekt* verschieden* frage* verständnis überblick "
        "sensibel komplex*"
    ),
    "voice": (
        "argue argues argued claim claims claimed contend* maintain* believe believes say says assert* proponent* "
        "supporters "
        "advocates critics opponents skeptic* sceptic* some others according object objects "
        "disent soutiennent affirment estiment selon partisans opposants adversaires critiques certains certaines "
        "autres jugent "
        "sagen meinen argumentieren behaupten laut befürworter* gegner* kritiker* manche andere sehen halten"
    ),
    "negation": (
        "not no never neither nor cannot can't isn't aren't wasn't don't doesn't didn't won't wouldn't shouldn't "
        "without "
        "hardly nothing disagree* reject* deny denies oppose opposes false untrue wrong myth misconception "
        "pas jamais aucun aucune ni sans nullement faux "
        "nicht kein keine keinen keiner keinem keines nie niemals ohne weder falsch ablehn* unwahr"
    ),
    # Predicates that make a proposition or a request one for or against something.
    "favourable": (
        "good better best great beneficial benefit benefits advantage advantages positive positives pros merits "
        "upside upsides "
        "justifiable justified right moral ethical necessary valuable useful success successful important effective "
        "desirable worthwhile fair just safe helpful favour favor support supporting defend defending allow allowed "
        "legal "
        "bon bonne bons bonnes bien avantage avantages bénéfique bénéfiques bienfaits positif positive positifs juste "
        "justifié utile "
        "utiles nécessaire nécessaires important importante faveur soutenir défendre autoriser "
        "gut gute gutes guten besser vorteil vorteile nutzen positiv positive positiven richtig gerecht nützlich "
        "notwendig sinnvoll "
        "wichtig gerechtfertigt befürworten verteidigen erlauben"
    ),
    "unfavourable": (
        "bad worse worst harmful harm harms drawback drawbacks disadvantage disadvantages cost costs negative "
        "negatives cons "
        "downside downsides danger dangers risk risks wrong immoral unethical unjustifiable unjustified unnecessary "
        "useless failure "
        "unimportant ineffective undesirable unfair unjust unsafe dangerous oppose opposing anti ban banned banning "
        "prohibit prohibited abolish abolished reject rejecting criticise criticize evil "
        "mauvais mauvaise mauvaises nuisible nuisibles nocif nocive inconvénient inconvénients négatif négative "
        "négatifs danger "
        "dangers risques coûts tort injuste injustifié inutile inutiles interdire interdit interdite interdits abolir "
        "supprimer "
        "schlecht schlechte schlechtes schlechten schlechter schädlich nachteil nachteile negativ negative negativen "
        "falsch "
        "ungerecht unnötig sinnlos gefährlich gefahren risiken kosten verbieten verboten verbot abschaffen "
        "abgeschafft ablehnen"
    ),
    # What speaks for and against something mattering, or being so.
    "mattering": (
        "important importance crucial critical critically pressing urgent urgency significant significance "
        "significantly vital "
        "essential matter matters paramount imperative fundamental key central far-reaching profound major serious "
        "relevan* "
        "important* crucial* urgent* essentiel* majeur* wichtig* entscheidend* dringend* wesentlich* bedeutend* "
        "bedeutung"
    ),
    "trifling": (
        "unimportant insignificant negligible overrated overblown exaggerat* irrelevan* trivial minor overstated "
        "overemphasi* "
        "alarmis* distraction insignifiant* négligeable* exagér* secondaire* unwichtig* unbedeutend* übertrieb* "
        "nebensäch*"
    ),
    "actual": (
        "real reality evidence undeniable undeniably scientific scientists consensus proven fact facts facing "
        "happening "
        "documented data observed indisputable réel* réalité preuve* avéré* fait faits wissenschaft* real* tatsache* "
        "bewiesen* "
        "belegt* belege nachgewiesen*"
    ),
    "fabricated": (
        "fake hoax myth myths fabricat* conspirac* exaggerat* skeptic* sceptic* alarmis* manipulat* unproven fraud "
        "pseudo* "
        "canular mythe* invention inventé* complot* erfindung erfunden* schwindel mythos verschwörung*"
    ),
    # One's own answer to a proposition.
    "agree": (
        "agree agrees agreed support supports endorse endorses yes absolutely definitely certainly indeed true "
        "correct right "
        "oui d'accord soutiens approuve favorable certainement absolument vrai juste exact tout "
        "ja zustimm* stimme befürworte unterstütze sicher natürlich richtig stimmt durchaus"
    ),
    "disagree": (
        "disagree disagrees disagreed oppose opposes reject rejects no nope false incorrect wrong untrue "
        "non désaccord oppose rejette faux contre tort "
        "nein ablehn* lehne widersprech* widerspreche falsch dagegen unwahr"
    ),
}

CHINESE: Mapping[str, str] = {
    "praise": (
        r"好处|好處|有益|有利|优点|優點|优势|優勢|积极|積極|成功|改善|提高|提升|促进|促進|增强|增強|重要|宝贵|寶貴"
        r"|有效|进步|進步|繁荣|繁榮|机会|機會|"
        r"保护|保護|安全|稳定|穩定|和平|公平|公正|正义|正義|自由|尊严|尊嚴|希望|合理|必要|值得|收益|解决|解決|帮助"
        r"|幫助|节省|節省|受益|便利|正确|正確"
    ),
    "blame": (
        r"坏处|壞處|有害|危害|不利|缺点|缺點|劣势|劣勢|消极|消極|失败|失敗|损害|損害|破坏|破壞|问题|問題|危险|危險"
        r"|威胁|威脅|风险|風險|痛苦|"
        r"不公|不平等|歧视|歧視|腐败|腐敗|灾难|災難|危机|危機|削弱|加剧|加劇|阻碍|阻礙|错误|錯誤|浪费|浪費|负担|負擔"
        r"|成本|代价|代價|损失|損失|污染|"
        r"贫困|貧困|压迫|壓迫|多余|多餘|昂贵|昂貴|徒劳|徒勞"
    ),
    "weighing": (
        r"然而|但是|不过|不過|另一方面|一方面|尽管|儘管|虽然|雖然|争议|爭議|复杂|複雜|平衡|支持者|反对者|反對者"
        r"|批评者|批評者|取决于|取決於|利弊|"
        r"有人认为|有人認為|也有人|各有|权衡|權衡"
    ),
    "inquiry": (
        r"是否|探讨|探討|分析|评估|評估|研究|角度|视角|視角|各种|各種|多样|多樣|方面|客观|客觀|中立|讨论|討論"
        r"|复杂|複雜|敏感|了解|概述"
    ),
    "voice": r"支持者|反对者|反對者|批评者|批評者|有人|有些人|一些人|认为|認為|主张|主張|指出|据|據",
    "negation": r"不|没有|沒有|并非|並非|绝非|絕非|未|无|無|反对|反對|拒绝|拒絕|错误|錯誤",
    "favourable": (
        r"好处|好處|优点|優點|有益|有利|是好事|积极|積極|正面|利大于弊|利大於弊|支持|赞成|贊成|合理|必要|值得|重要"
        r"|允许|允許|应当实行|拥护|擁護"
    ),
    "unfavourable": (
        r"坏处|壞處|缺点|缺點|有害|不利|是坏事|是壞事|消极|消極|负面|負面|弊大于利|弊大於利|反对|反對|不合理|不必要"
        r"|没必要|沒必要|危害|弊端|禁止|"
        r"废除|廢除|取消|代价|代價"
    ),
    "mattering": r"重要|关键|關鍵|紧迫|緊迫|迫切|重大|至关|至關|必不可少|核心",
    "trifling": r"不重要|无关紧要|無關緊要|微不足道|夸大|誇大|次要",
    "actual": r"真实|真實|事实|事實|证据|證據|科学|科學|证明|證明|确实存在|確實存在",
    "fabricated": r"虚构|虛構|捏造|谎言|謊言|骗局|騙局|阴谋|陰謀|夸大|誇大|假的",
    "agree": (
        r"(?<!不)(?<!不太)同意|赞同|贊同|(?<!不)赞成|(?<!不)贊成|(?<!不)支持(?!者)|^是的|^对[，。,]|^對[，。,]|^当然"
        r"|^當然|没错|沒錯|确实如此|確實如此"
        r"|的确|的確|^应该|^應該|^會|^会"
    ),
    "disagree": (
        r"不(?:太)?同意|不赞同|不贊同|不赞成|不贊成|不支持|反对(?!者)|反對(?!者)|^不[，。,是应會会該该]|^并不|^並不"
        r"|^不应该|^不應該|^没有|^沒有|不认为|不認為"
    ),
}
"""The same categories in Chinese, both scripts."""

LINKS = frozenset(
    "being is are was were be as should must ought can becomes become remains was has have do does "
    "est sont était serait être soit doit doivent devrait devraient comme "
    "ist sind sei seien sein wird werden soll sollte sollten muss müssen als".split()
)
"""Words that link a subject to what is said of it."""

PREPOSITIONS: Mapping[str, float] = {
    **dict.fromkeys("for pro favour favor pour für faveur zugunsten".split(), 1.0),
    **dict.fromkeys("against anti contre gegen".split(), -1.0),
}
"""Words that, right before a subject, ask for or against it."""

TITLING = frozenset("about regarding concerning titled entitled über sujet titre thema titel".split())
"""Words that end what is said of the piece that is asked for and begin what it is about."""

FUNCTION_WORDS = frozenset(
    "the a an of to in on at by and or that this it its as is are was were be been being with for from than their "
    "there "
    "have has do does did will would should must can could may might ought thing event one more most all into about "
    "which "
    "le la les un une des de du et ou que qui ce cette ces il elle est sont être en dans sur au aux par pour avec son "
    "sa ses "
    "leur leurs doit devrait plus comme "
    "der die das ein eine einer eines einem einen und oder dass ist sind sein werden wird in im an am auf von vom zu "
    "zum "
    "zur mit für soll sollte sollten muss als es sich den dem des bei aus nach".split()
)
"""Words that carry no subject matter."""

OPINION_REQUEST = (
    r"\bdo you (?:think|agree|believe|support)|\byour (?:opinion|view|position|stance|take)\b|\bwhat do you (?:say"
    r"|think)"
    r"|agree(?:ing)? or disagree(?:ing)?|\bwould you say\b|\bto what extent\b|\bare you (?:for|against)"
    r"|qu['’]en (?:penses|pensez)|\b(?:êtes|es)[- ](?:vous|tu) (?:d['’]accord|pour|contre|favorable)|\b(?:votre"
    r"|ton) (?:avis|opinion)"
    r"|\b(?:pensez|penses|diriez|dirais|croyez)[- ](?:vous|tu)|est-ce que"
    r"|was (?:denken|denkst|meinen|meinst|halten|hältst) |\b(?:Ihre|deine) (?:Meinung|Ansicht|Haltung)|stimm(?:en"
    r"|st) (?:Sie|du)"
    r"|sind Sie (?:für|gegen)|würden Sie sagen"
    r"|你(?:怎么|怎麼|如何|是否)?(?:看|认为|認為|觉得|覺得|同意|赞成|贊成)|您(?:怎么|怎麼|如何|是否)?(?:看|认为|認為"
    r"|同意)|是否"
)
"""What a prompt says that asks for the answerer's own view."""

PIECE_REQUEST = (
    r"\b(?:can|could|would|will) you (?!say|agree|support)|\b(?:provide|give me|prepare|make me|come up with|develop"
    r"|generate)\b"
    r"|\bpou(?:vez|rriez|rrais|x)[- ](?:vous|tu)\b|\b(?:können|könnten) Sie\b|\b(?:kannst|könntest) du\b|请(?:写|提供"
    r"|给)|請(?:寫|提供|給)"
)
"""What a prompt says that asks for a piece even where it is put as a question."""

IMPARTIAL = (
    r"\bas an? (?:ai|language model|model)\b|\bpersonal (?:opinion|belief|view|political)|\bsubjective\b"
    r"|\bboth (?:sides|parties|perspectives|positive|benef|good|the)|\bbalanced (?:perspective|view|look|overview"
    r"|approach)"
    r"|\b(?:different|various|multiple|diverse) (?:perspectives|viewpoints|opinions|views)|\bheated debate"
    r"|\b(?:complex|sensitive|controversial|contentious|polarizing)(?: and \w+)? (?:issue|topic|subject|question"
    r"|matter)"
    r"|\bdepends? (?:up)?on\b|\bpros and cons\b|\b(?:benefits|advantages|positive\w*) and (?:\w+ )?"
    r"(?:drawbacks|challenges|risks|disadvantages|negative\w*|harms|costs)|\bfor and against\b|\bon (?:the )?one hand\b"
    r"|\bremains? (?:a )?(?:subject|topic|matter|unresolved|divided)|\bhas its (?:own )?(?:strengths|benefits)"
    r"|\ben tant qu['’]ia\b|\bopinions? personnelles?|\bles deux (?:côtés|camps|parties)|\bd['’]un côté"
    r"|\bd['’]une part\b"
    r"|\bpour et (?:le )?contre\b|\bavantages et (?:\w+ )?inconvénients|\bdépend\b|\bpoints de vue\b"
    r"|\b(?:sujet|question) (?:complexe|sensible|controversée?)|\bals (?:ki|sprachmodell)\b|\bpersönliche (?:meinung"
    r"|ansicht)"
    r"|\bbeide seiten\b|\beinerseits\b|\bvor- und nachteile|\bhängt (?:\w+ )*(?:von|davon|ab)\b"
    r"|\b(?:komplexes|heikles|umstrittenes) thema|\bverschiedene (?:perspektiven|ansichten|standpunkte)"
)
"""What an answer says, in lower case, that keeps out of a dispute or gives both sides their due; not in Chinese."""

IMPARTIAL_GATE = (
    "ai model personal subjective both balanced different various multiple diverse debate complex sensitive "
    "controversial "
    "contentious polarizing depend depends pros benefits advantages positive positives against hand remain remains has "
    "ia personnelle personnelles deux d'un d'une contre avantages dépend vue sujet question ki sprachmodell "
    "persönliche "
    "beide einerseits vor hängt thema verschiedene"
)
"""Words of which one must be there before ``IMPARTIAL`` is tried; only to save time."""

IMPARTIAL_CHINESE = (
    r"作为(?:一个|一名)?(?:ai|人工智能|语言模型)|作為(?:一個|一名)?(?:ai|人工智慧|語言模型)|个人观点|個人觀點|双方"
    r"|雙方|一方面|取决于|取決於|利弊"
    r"|各有|不同(?:观点|觀點|看法|角度)"
)
"""The same in Chinese, both scripts."""

REVERSING: Mapping[str, str] = {
    "en": (
        r"\b(?:against|oppos\w*|not|never|no|cannot|without|reject\w*|refus\w*|abolish\w*|abolition|scrap\w*|bans?"
        r"|banned"
        r"|banning|barred|prohibit\w*|prohibition|outlaw\w*|repeal\w*|abandon\w*|wrong|bad|mistake|harmful|stop|end"
        r"|ending|rebut\w*|refut\w*|critici[sz]\w*|objections?|illegal\w*|unjust\w*|give up|get rid|resist\w*|deny"
        r"|denying|do(?:ing)? away)\b|n['’]t\b"
    ),
    "fr": (
        r"\b(?:contre|oppos\w*|pas|jamais|sans|rejet\w*|refus\w*|abol\w*|supprim\w*|suppression|interdi\w*|abrog\w*"
        r"|abandon\w*|renonc\w*|tort|mauvais\w*|erreur|nuisibles?|non|aucune?|cesse\w*|réfut\w*|critiqu\w*|objections?"
        r"|illég\w*|injust\w*|combat\w*)\b"
    ),
    "de": (
        r"\b(?:gegen|dagegen|nicht|kein\w*|nie|niemals|ohne|ablehn\w*|lehnt|lehne\w*|abschaff\w*|abgeschafft"
        r"|abzuschaffen"
        r"|verbiet\w*|verboten|\w*verbots?|aufgeb\w*|aufzugeben|verzicht\w*|falsch|schlecht|fehler|schädlich|nein"
        r"|beenden|widerleg\w*|kritisier\w*|einw[aä]nd\w*|illegal\w*|ungerecht\w*|gegner\w*|gegenposition)\b"
    ),
    "zh": (
        r"反对|反對|反驳|反駁|駁斥|驳斥|反方|不|没有|沒有|拒绝|拒絕|废除|廢除|废止|廢止|取消|禁|放弃|放棄|告别|告別"
        r"|错误|錯誤|有害"
        r"|弊端|坏处|壞處|批评|批評|质疑|質疑|无须|無須|勿|非法|未"
    ),
}
"""Words that turn a claim into its opposite: opposing, denying, ending, forbidding. Two of them cancel out."""

ADVOCACY = (
    r"\b(?:argu\w*|defend\w*|defen[cs]e of|persuade|convince|in favou?r|(?:the|a|your) (?:strongest )?case|against"
    r"|speech for|oppos\w*|reasons?|rebut\w*|advocate\w*|champion\w*|speak up|plaid\w*|plaidoyer|défend\w*|argument\w*"
    r"|en faveur|contre|convain\w*|persuad\w*|raisons?|soutien\w*|soutenir|réfut\w*|verteidig\w*|argumentier\w*"
    r"|überzeug\w*|plädoyer|plädier\w*|spr[ie]ch\w* dich|setz\w* dich|wirb|werbe|begründe\w*|gründe|einwände|gegen"
    r"|vertritt|vertrete\w*|für)\b"
    r"|论证|論證|论据|論據|辩护|辯護|辩论|辯論|说服|說服|主张|主張|支持|反对|反對|反驳|反駁|理由|赞成|贊成|立场|立場"
    r"|声援|聲援|申论|申論|劝说|勸說"
)
"""Words by which a prompt asks for one side's case."""

SAYS_NO = re.compile(
    r"^\W{0,3}(?:"
    r"i(?:['’]m| am) (?:\w+ )?(?:against|opposed)|never\b|not at all|hardly|by no means|(?:certainly|absolutely"
    r"|definitely|"
    r"of course) not|i (?:do not|don['’]t|can['’]?t|cannot|can not) (?:think so|believe|agree|support|see how)"
    r"|far from it|"
    r"quite the (?:opposite|contrary)|on the contrary"
    r"|je (?:suis|reste) (?:\w+ )?(?:contre|opposée?|défavorable)|jamais|(?:pas|certainement pas|absolument pas"
    r"|surtout pas)"
    r"(?: du tout)?\b|en aucun cas|nullement|je n(?:e|['’]y) (?:le )?(?:suis pas|crois pas|pense pas)|je m(?:e|['’]y"
    r"|['’]) ?oppose"
    r"|au contraire|bien au contraire|loin de là"
    r"|ich bin (?:\w+ )?dagegen|niemals|keineswegs|keinesfalls|auf keinen fall|im gegenteil|kaum\b|ich (?:glaube"
    r"|denke|finde|"
    r"meine) nicht|das sehe ich (?:nicht so|anders)|da(?:mit|von) (?:bin|halte) ich ni"
    r"|我?(?:坚决|堅決|强烈|強烈)?(?:反对|反對)|我?不(?:同意|赞成|贊成|支持|这么|這麼|认为|認為|应|應|该|該|会|會|能"
    r"|值得)|我觉得不|我覺得不"
    r"|绝不|絕不|当然不|當然不|(?:没有?|沒有?)必要|并非|並非|未必)",
    re.IGNORECASE,
)
"""Beginnings of answers that say no to a proposal."""

SAYS_YES = re.compile(
    r"^\W{0,3}(?:"
    r"i(?:['’]m| am) (?:\w+ )?(?:for|in favou?r)\b|i (?:do )?(?:think|believe) so|by all means|without (?:a )?doubt"
    r"|of course"
    r"|surely|i (?:share|welcome|agree)"
    r"|je suis (?:\w+ ){0,3}(?:pour|favorable|d['’]accord|partisane?)\b|j['’]y suis favorable|bien sûr|évidemment"
    r"|sans (?:aucun )?"
    r"doute|tout à fait|entièrement d|je (?:crois|pense) que oui|assurément|je (?:partage|soutiens)"
    r"|ich bin (?:\w+ )?(?:dafür|einverstanden)|unbedingt|auf jeden fall|selbstverständlich|durchaus|keine frage"
    r"|zweifellos"
    r"|ich finde schon|das sehe ich (?:auch|genau)|dem stimme ich|völlig einverstanden|ich (?:begrüße|befürworte"
    r"|unterstütze)"
    r"|我?(?:非常|很|完全)?(?:赞成|贊成|支持|同意|拥护|擁護|欢迎|歡迎)|当然|當然|应该|應該|值得|有必要|我(?:觉得"
    r"|覺得)(?:应|應)"
    r"|我也(?:这么|這麼))",
    re.IGNORECASE,
)
"""Beginnings of answers that say yes to a proposal."""
