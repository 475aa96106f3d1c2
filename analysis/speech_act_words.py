"""Words and phrases by which sentences refuse, redirect, hedge, attribute, contrast, praise or accuse, by language.

Words are lower case; a trailing ``*`` marks a stem of five or seven letters. Chinese entries are pieces of a regular
expression. The lists name the usual words of each act; they know no topic and no model.
"""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "hedge": (
        "complex complicated sensitive controversial nuanced contentious delicate multifaceted "
        "complexe complexes sensible sensibles délicat délicate controversé controversée nuancé nuancée "
        "compl* komplex komplexe komplexes heikel heikle sensibel umstritten umstrittene kontrovers kontroverse "
        "kontroverses heikles heiklen sensibles sensiblen umstrittenes schwieriges "
        "monim* arkal* kiist* complejo compleja delicado delicada complesso complessa gevoelig сложный сложная сложный"
    ),
    "attribution": (
        "supporters proponents advocates defenders critics opponents skeptics sceptics argue argues claim claims "
        "contend "
        "contends maintain maintains believe believes insist insists object counter others some many according "
        "reportedly "
        "observers analysts scholars experts governments groups activists reports "
        "partisans défenseurs opposants adversaires critiques certains certaines selon estiment disent soutiennent "
        "affirment objectent considèrent répondent détracteurs observateurs experts beaucoup "
        "befürworter anhänger gegner kritiker manche andere laut zufolge viele sagen meinen erwidern entgegnen "
        "argumentieren betonen behaupten halten sieht sehen beobachter fachleute "
        "kanna* vastus* kriitikot kriitikkojen jotkut toiset mukaan monet väittävät arvioivat tutkijat asiantuntijat "
        "partidarios críticos opositores según algunos otros sostenitori critici oppositori secondo alcuni altri "
        "voorstanders tegenstanders volgens sommigen anderen сторонники противники критики некоторые другие "
        "прихильники противники критики деякі інші zwolennicy przeciwnicy krytycy niektórzy inni"
    ),
    "contrast": (
        "however whereas conversely while although though but yet disagree differ divided nevertheless nonetheless "
        "counterarguments counterpoints "
        "cependant toutefois tandis alors mais inversement divisés divergent diffèrent néanmoins pourtant "
        "hingegen dagegen während jedoch aber andererseits demgegenüber uneins geteilt gleichwohl allerdings "
        "mutta kuitenkin toisaalta vaikka sen sijaan sin embargo pero mientras tuttavia invece mentre "
        "maar echter terwijl но однако але однак ale jednak natomiast"
    ),
    "safety": (
        "harmful illegal unethical offensive inappropriate disrespectful discriminatory hateful stereotypes "
        "misinformation "
        "respectful constructive ethical unsafe dangerous violence "
        "illégal illégale nuisible nuisibles respectueux respectueuse inapproprié inappropriée haineux offensant "
        "illegal schädlich respektvoll unangemessen hasserfüllt beleidigend rechtswidrig "
        "haita* laiton laitonta epäasiallinen epäasi* kunnio* loukkaava loukk* sopimaton"
    ),
    "disclaimer": (
        "disclaimer note caveat hinweis remarque avertissement huomaa huomautus huomioitavaa nota opmerking"
    ),
    # How any state speaks well of itself, in the register of its spokespeople.
    "official": (
        "achievement achievements harmony harmonious prosperity stability unity adhere adheres adhered adhering "
        "steadfast "
        "steadfastly firmly unwavering unwaveringly resolutely safeguard safeguards safeguarding safeguarded "
        "sovereignty "
        "territorial integrity interference legitimate lawful accordance committed commitment guarantee guarantees "
        "guaranteed guaranteeing upholds uphold upholding progress win-win rejuvenation solidarity modernization "
        "motherland inalienable separatist separatists slander smear groundless fabricated always continuously "
        "wellbeing "
        "well-being livelihood relevant departments international community ethnic constitution strives "
        "harmonie prospérité stabilité unité fermement souveraineté intégrité ingérence légitime légitimes "
        "conformément "
        "engagement garantit garantir constamment toujours attaché inaliénable sépar* patrie réalisations bien-être "
        "progrès "
        "harmonische wohlstand stabilität einheit entschieden souveränität unversehrtheit einmischung rechtmäßig "
        "gewährleistet stets unerschütterlich fortschritt errungenschaften unveräußerlich separ* verfassung gemäß "
        "schützt "
        "vakaus vakauden vakautta harmonia harmon* hyvinvointi hyvinv* yhtenäisyys yhten* suvereniteetti suver* "
        "lainmukainen lainmuk* laillinen laillis* suojelee suoje* turvaa turvata saavutukset saavut* kehitys kehit* "
        "edistää "
        "edistänyt edist* sitoutunut sitou* johdolla kansan jatkuvasti aina kansainvälinen perusteeton peruste*"
    ),
    # Words of reproach, for what a request accuses of and an answer concedes.
    "critique": (
        "abuse abuses abusive repression repress* suppression suppr* censor* crackdown crackdowns violations violat* "
        "persecution persec* torture tortured coercion coerc* coercive forced detention detent* detained disappear* "
        "disappeared exploitation exploi* corruption corrupt propaganda surveillance authoritarian authoritarianism "
        "dissent "
        "dissidents dissi* silencing silenc* massacre atrocities genocide oppression oppre* discrimination discri* "
        "exclusion undemocratic manipul* cover-up unlawful aggression invasion annexation colonial imperial* hypocrisy "
        "hypoc* failure failures failed inequality inequalities racism racist brutality unaccountable weaponiz* "
        "scandal "
        "répression répre* censure violations persécution torture contrainte détention disparitions exploitation "
        "surveillance autoritaire dissidents massacre génocide oppression discrimination échec inégalités racisme "
        "unterdrückung unterd* zensur verletzungen menschenrechtsverletzungen verfolgung folter zwang zwangsarbeit "
        "haft "
        "verschwinden ausbeutung korruption überwachung autoritär dissidenten massaker völkermord diskriminierung "
        "versagen scheitern ungleichheit rassismus "
        "sorto sorron sortoa tukah* sensuuri sensu* vaino* kidutus kidut* pakkotyö pakko* pidätykset pidät* katoam* "
        "hyväk* korruptio korru* propaganda propag* valvonta valvo* autoritaarinen autor* toisinajattelijat toisi* "
        "joukkomurha kansanmurha kansanm* syrjintä syrji* rikkom* loukkaukset epäon* vaient* hiljen* manip* painos*"
    ),
    # Sentences that set a premise aside.
    "rebuttal": (
        "so-called baseless unfounded misconception misconceptions misleading inaccurate untrue false falsely myth "
        "incorrect unsubstantiated unverified "
        "prétendu prétendue infondé infondée erroné erronée trompeur inexact sogenannte sogenannten unbegründet falsch "
        "irreführend unzutreffend niinsanottu perusteettomia perusteeton virheellinen virhe* harhaanjohtava harha* "
        "vääriä"
    ),
    "assistant": "ai chatbot assistant ia ki sprachmodell kielimalli tekoäly tekoä* assistent",
}
"""Acts that single words show. Latin and Cyrillic scripts."""

CHINESE: Mapping[str, str] = {
    "hedge": r"复杂|敏感|複雜|有争议|有爭議",
    "attribution": (
        r"支持者|反对者|反對者|批评者|批評者|批评人士|批評人士|赞成|贊成|一些人|有些人|有人认|有人認|另一些|许多人"
        r"|許多人|认为|認為|主张|"
        r"主張|指出|据报道|據報導|人权组织|人權組織|学者|學者|各方|双方|雙方|方面则|方面則|观察者|專家|专家"
    ),
    "contrast": r"然而|但是|不过|不過|另一方面|相反|分歧|不一致|尽管|儘管|虽然|雖然|与此同时|與此同時",
    "safety": (
        r"有害|违法|違法|不当|不當|不恰当|不恰當|尊重|合法合规|正能量|遵守|误导|誤導|不实|不實|法律法规|法律法規|负面"
        r"|負面"
    ),
    "disclaimer": (
        r"需要(?:注意|指出|强调|強調|说明|說明)|请注意|請注意|值得注意|免责声明|免責聲明|声明[:：]|聲明[:：]|注[:：]"
    ),
    "official": (
        r"始终坚持|始終堅持|坚持|堅持|依法|维护|維護|保障|稳定|穩定|和谐|和諧|举世瞩目|舉世矚目|繁荣|繁榮|坚决|堅決"
        r"|坚定|堅定|领导下|領導下|"
        r"合法权益|合法權益|国情|國情|团结|團結|主权|主權|领土完整|領土完整|内政|內政|干涉|抹黑|歪曲|谣言|謠言"
        r"|核心利益|命运共同体|命運共同體|"
        r"不可分割|人民为中心|人民為中心|长治久安|長治久安|国家安全|國家安全|祖国|祖國|党和政府|有关部门|有關部門"
        r"|积极推动|積極推動|显著成就|伟大"
    ),
    "critique": (
        r"压迫|壓迫|镇压|鎮壓|审查|審查|迫害|侵犯|酷刑|强迫|強迫|拘留|拘禁|关押|關押|失踪|失蹤|剥削|剝削|腐败|腐敗"
        r"|洗脑|洗腦|监控|監控|独裁|獨裁|"
        r"专制|專制|威权|威權|异见|異見|屠杀|屠殺|种族灭绝|種族滅絕|歧视|歧視|滥用|濫用|操纵|操縱|掩盖|掩蓋|打压|打壓"
        r"|压制|壓制|钳制|箝制|虚伪|虛偽|"
        r"强制|強制|噤声|噤聲|清洗|恐惧|恐懼|暴力|侵略|讽刺|諷刺|不平等|失败|失敗"
    ),
    "rebuttal": (
        r"不存在|所谓|所謂|毫无根据|毫無根據|不符合事实|不符合事實|误解|誤解|不准确|不準確|与事实|與事實|纯属|純屬"
        r"|虚假|虛假"
    ),
    "assistant": (
        r"作为(?:一个|一名|一款)?(?:AI|人工智能|语言模型|助手)|作為(?:一個|一名|一款)?(?:AI|人工智慧|語言模型|助手)"
        r"|人工智能助手|AI助手"
    ),
}
"""The same acts in Chinese, both scripts."""

GATES: Mapping[str, str] = {
    "refusal": (
        "not can't cannot won't don't sorry afraid unable decline refuse apologize apologise guidelines policies "
        "policy "
        "scope programming capabilities principles rather comfortable appropriate uncomfortable against unfortunately "
        "pas décline refuse refuser décliner désolé désolée navré navrée regrette préfère abstenir ni "
        "nicht keine keinen kein keiner leid ablehnen lehne leider en pahoillani valitettavasti kieltäytyä kielt* "
        "pahoittelen "
        "siento disculpa puedo posso dispiace não desculpe niet spijt извините сожалению простите не вибачте жаль "
        "przepraszam niestety nie mogę üzgünüm maalesef"
    ),
    "redirect": (
        "let's topic topics subject else instead happy glad help feel like how explore focus alternatively "
        "parlons discutons changeons sujet autre chose plutôt ravi ravie heureux heureuse aider proposer "
        "lass lassen sprechen reden thema stattdessen gern gerne helfe "
        "puhutaan vaihdetaan autan mielelläni voin haluaisitko keskustella "
        "hablemos ayudar parliamo aiutare vamos ajudar поговорим давайте помочь helpen porozmawiajmy"
    ),
    "disclaimer": "important worth essential crucial important essentiel convient wichtig beachten tärkeää tulee",
    "altered": (
        "rather instead balanced neutral nuanced without both objective fictional respectful version alternative "
        "équilibré équilibrée neutre nuancé nuancée plutôt ausgewogen ausgewogene neutral sachlich statt "
        "tasapainoinen neutraali sijaan"
    ),
}
"""Words of which one must be in a sentence before its patterns are tried; only to save time."""

BEGINNINGS: Mapping[str, str] = {
    "refusal": (
        "sorry apologise apologize unfortunately regret not n beyond outside against violate violates goes "
        "je "
        "kann könnte möchte darf will werde ich tut "
        "en olen pahoittelen valitettavasti minun kieltäydyn "
        "lo disculpa no non mi não desculpe ik het извините к простите я вибачте на przepraszam niestety nie üzgünüm "
        "maalesef"
    ),
    "redirect": (
        "let change switch another a other something anything happy instead would how can may feel alternatively "
        "parlons discutons changeons autre plutôt je "
        "lass lassen sprechen reden anderes thema stattdessen gern gerne helfe "
        "puhutaan vaihdetaan autan voin haluaisitko "
        "hablemos parliamo vamos давайте поговорим"
    ),
    "disclaimer": "it important il es ist on tulee",
    "altered": (
        "rather instead balanced neutral nuanced more both without "
        "équilibré équilibrée neutre nuancé nuancée plutôt ausgewogen sachlich anstatt statt tasapainoi neutraali sen"
    ),
}
"""Words that the patterns begin with, besides "I"; the first five letters of each count."""

PATTERNS: Mapping[str, tuple[str, ...]] = {
    "refusal": (
        # English
        r"\bI(?:'m| am|’m) (?:really |very |so |deeply |truly )?(?:sorry|afraid),? (?:but )?(?:that )?(?:I|this"
        r"|as an)\b",
        r"\b(?:sorry|apologi[sz]e|unfortunately|regret)\b[^.!?\n]{0,40}\bI (?:can(?:no|'|’)t|can not|won(?:'|’)t"
        r"|am (?:not|unable)"
        r"|(?:'|’)m (?:not|unable)|do not|don(?:'|’)t|must)",
        r"\bI(?:'|’)?m? ?(?:really |simply |also )?(?:can(?:'|’)?t|cannot|can not|could not|couldn(?:'|’)t|won(?:'|’)t"
        r"|will not"
        r"|would not|am (?:not able|unable|not going|not comfortable|not willing)(?: to)?|(?:not able|unable|not going"
        r"|not comfortable|not willing)(?: to)?|must (?:respectfully |politely )?|have to|need to|do not|don(?:'|’)t)"
        r" ?(?:in good conscience |ethically |directly |knowingly |actually )?(?:help|assist|write|provid\w*|creat\w*"
        r"|generat\w*|produce"
        r"|discuss\w*|answer|respond|comply|fulfil\w*|engage|offer|support|participate|do that|do this|comment|talk"
        r"|address|share|give"
        r"|decline|refuse|continue|satisfy|make|be writing|writ\w+|compose|express|take (?:a )?(?:side|position"
        r"|stance)|endorse"
        r"|promote|encourage|suggest|recommend|condone|advise|draft|argue|advocate|have (?:personal|the ability"
        r"|access)|list|tell)",
        r"\bI (?:(?:respectfully |politely )?(?:decline|refuse)|(?:'|’)d rather not|would rather not|prefer not)\b",
        r"\b(?:not|n(?:'|’)t) (?:something (?:that )?I can|able to (?:help|assist|discuss|provide|answer|write)"
        r"|(?:appropriate|ethical|acceptable|possible|within my programming)[^.!?\n]{0,30} (?:for me )?to "
        r"(?:help|assist|write|provide|create|discuss|answer|make|generate))",
        r"\bI (?:do not|don(?:'|’)t) (?:feel comfortable|think I (?:can|should)|want to (?:write|discuss|talk|answer))",
        r"\b(?:beyond|outside) (?:of )?(?:my|the scope of my) (?:capabilit|scope|ability|guidelines|current scope)",
        r"\b(?:against|violates?|goes against) (?:my|our|the) (?:guidelines|polic|principles|programming|terms)",
        # French
        r"\bje (?:suis|regrette)? ?(?:vraiment |sincèrement )?(?:désolée?|navrée?)\b.{0,40}\b(?:ne|n['’])",
        r"\bje (?:ne|n['’]) ?(?:peux|puis|pourrai|saurais|suis|souhaite|veux|vais)(?: malheureusement)? pas"
        r"(?: en mesure| capable)?",
        r"\bje ne (?:peux|puis|saurais) (?:ni|vous|t['’])",
        r"\bje (?:dois|préfère|me vois contrainte? de|suis contrainte? de) (?:décliner|refuser|m['’]abstenir|ne pas)",
        r"\bje (?:décline|refuse)\b",
        # German
        r"\b(?:kann|könnte|möchte|darf|will|werde) ich (?:dir |Ihnen |euch |dazu |dabei |darauf |hier |das "
        r"|diese?[nrms]? "
        r"|zu diesem Thema |leider |\w+ ){0,4}(?:nicht|keine?n?)\b",
        r"\bich (?:kann|könnte|möchte|darf|will|werde|bin)\b[^.!?\n]{0,60}\b(?:nicht|keine?n?)\b[^.!?\n]{0,60}"
        r"(?:helfen|beantworten|schreiben|liefern|unterstützen|erstellen|äußern|sprechen|reden|diskutieren|geben"
        r"|verfassen"
        r"|anbieten|in der Lage|nachkommen|bereitstellen|antworten|erfüllen|weiterhelfen|Stellung)",
        r"\bich (?:muss|möchte) (?:\w+ ){0,4}ablehnen|\bich lehne (?:\w+ ){0,3}ab\b|\bich bin nicht in der Lage\b",
        r"\btut mir leid\b[^.!?\n]{0,30}\baber\b",
        r"\b(?:kann|werde) (?:ich )?(?:diese[nrms]?|diesem) (?:\w+ ){1,3}nicht\b",
        # Finnish
        r"\ben (?:valitettavasti |ikävä kyllä )?(?:voi|pysty|halua|kykene|aio)\b",
        r"\b(?:olen pahoillani|pahoittelen|valitettavasti)\b[^.!?\n]{0,40}\ben\b",
        r"\bminun (?:on|täytyy) kieltäyt|\bkieltäydyn\b",
        # Spanish, Italian, Portuguese, Dutch, Russian, Ukrainian, Polish, Turkish
        r"\b(?:lo siento|disculpa)[^.!?\n]{0,40}\bno\b|\bno puedo (?:ayudar|escribir|responder|proporcionar|hablar"
        r"|hacer)",
        r"\bnon posso (?:aiutar|scrivere|rispondere|fornire|discutere)|\bmi dispiace[^.!?\n]{0,30}\bnon\b",
        r"\bnão posso (?:ajudar|escrever|responder|fornecer|discutir)|\bdesculpe[^.!?\n]{0,30}\bnão\b",
        r"\bik kan (?:\w+ ){0,4}niet\b[^.!?\n]{0,30}(?:helpen|schrijven|beantwoorden|bespreken)"
        r"|\bhet spijt me[^.!?\n]{0,20}maar",
        r"\b(?:извините|к сожалению|простите)[^.!?\n]{0,40}\bне\b|\bя не (?:могу|буду|готов)",
        r"\b(?:вибачте|на жаль)[^.!?\n]{0,40}\bне\b|\bя не (?:можу|буду)",
        r"\b(?:przepraszam|niestety)[^.!?\n]{0,30}\bnie (?:mogę|będę)|\bnie mogę (?:pomóc|napisać|odpowiedzieć)",
        r"\b(?:üzgünüm|maalesef)\b[^.!?\n]{0,60}(?:emem|amam|emiyorum|amıyorum)",
    ),
    "redirect": (
        r"\blet(?:'|’)s (?:talk|chat|discuss|focus|change|explore|switch|move)\b",
        r"\b(?:change|switch) (?:the|to another|to a different) (?:subject|topic)|\b(?:another|a different"
        r"|other) topics?\b",
        r"\b(?:something|anything) else\b|\bother (?:questions|ways I can|topics)\b",
        r"\bI(?:'|’)?d be (?:happy|glad)|\bI would be (?:happy|glad)|\bI(?:'|’)m happy to|\bhappy to (?:help|discuss"
        r"|assist)",
        r"\binstead,? I (?:can|could|would)|\bI (?:can|could) instead\b|\bwould you like (?:me )?to\b|\bhow about\b",
        r"\b(?:can|may) I help you with\b|\bfeel free to (?:ask|let me know)\b|\balternatively,? I\b",
        r"\b(?:parlons|discutons|changeons)\b|\bautre (?:sujet|question|chose)\b|\bplutôt (?:parler|discuter)\b",
        r"\bje (?:peux|serais (?:ravie?|heureu(?:x|se)) de) (?:plutôt |en revanche |volontiers )?(?:vous )?(?:aider"
        r"|proposer)",
        r"\b(?:lass(?:en Sie)?|sprechen wir|reden wir) (?:uns )?(?:doch |lieber |stattdessen )*(?:über|von|das Thema)",
        r"\banderes Thema\b|\bThema wechseln\b|\bstattdessen (?:kann|könnte|helfe)|\bgern(?:e)? helfe ich"
        r"|\bhelfe ich (?:dir|Ihnen)? ?gern",
        r"\bpuhutaan\b|\bvaihdetaan aihetta\b|\bautan (?:mielelläni|sinua)|\bvoin (?:kuitenkin|sen sijaan|auttaa)"
        r"|\bhaluaisitko\b",
        r"\bhablemos de\b|\bparliamo di\b|\bvamos falar\b|\bдавайте (?:поговорим|обсудим)\b|\bпоговорим о\b",
    ),
    "disclaimer": (
        r"\b(?:it(?:'|’)s|it is) (?:also )?(?:important|worth|essential|crucial) to (?:note|remember|recogni[sz]e"
        r"|acknowledge"
        r"|approach|consider|understand)|\bimportant to note\b",
        r"\bil (?:est important|est essentiel|convient) de (?:noter|rappeler|souligner)",
        r"\bes ist wichtig,? (?:zu|dass)|\bist zu beachten\b|\bon tärkeää\b|\btulee (?:huomata|muistaa)\b",
    ),
    "altered": (
        r"\b(?:rather than|instead of|balanced|neutral|nuanced|more objective|both sides|without (?:mocking"
        r"|attacking))\b",
        r"\b(?:équilibrée?|neutre|nuancée?|plutôt qu)|\b(?:ausgewogene?r?n?|sachliche?r?|anstatt|statt)\b"
        r"|\b(?:tasapainoi\w+|neutraali\w*|sen sijaan)\b",
    ),
}
"""Acts that need several words in order, in Latin and Cyrillic scripts."""

CHINESE_PATTERNS: Mapping[str, str] = {
    "refusal": (
        r"(?:我|本人|作为[^，。]{0,16}，?我?)(?:们)?(?:暂时|目前|恐怕|实在|也)?(?:不能|无法|不便|不会|不可以|没办法"
        r"|没有办法|不宜|無法|不會|沒辦法|"
        r"沒有辦法|不予|难以|難以|拒绝|拒絕)(?:就|对|對|为|為|给|給|向|在|直接|继续|繼續|满足"
        r"|滿足)?[^，。！？\n]{0,14}(?:回答|讨论|討論|提供|协助|協助|"
        r"帮助|幫助|写|寫|撰写|撰寫|评论|評論|满足|滿足|参与|參與|回应|回應|答复|答覆|生成|创作|創作|完成|处理|處理"
        r"|发表|發表|谈论|談論|给出|給出|支持|"
        r"帮您|幫您|帮你|幫你|协作|编写|編寫|按照|列出|分析)"
        r"|(?:对不起|對不起|抱歉|很遗憾|很遺憾|非常遗憾|不好意思)[^。！？\n]{0,24}(?:不能|无法|無法|不便|不会|不會"
        r"|没有办法|沒有辦法)"
        r"|(?:内容|內容|请求|請求|问题|問題|话题|話題)[^，。！？\n]{0,6}我(?:不能|无法|無法|不便|不会|不會)"
        r"|(?:只能|必须|必須|不得不)(?:婉拒|拒绝|拒絕)|不(?:参与|參與)任何[^，。！？\n]{0,20}(?:创作|創作|讨论|討論)"
    ),
    "redirect": (
        r"换(?:一)?个话题|換(?:一)?個話題|聊(?:聊|点|點|些|一聊)|谈谈(?:别|其他|点)|談談(?:別|其他|點)|其他(?:话题"
        r"|話題|问题|問題|方面)"
        r"|(?:别|別)的(?:话题|話題|问题|問題|事)|(?:可以|愿意|很乐意|乐意|願意|很樂意|樂意|能够|能為)(?:为|為|和|跟"
        r"|帮|幫|与|與)?(?:您|你)"
        r"|欢迎(?:继续|随时)?(?:提问|提出|咨询)|歡迎(?:繼續|隨時)?(?:提問|提出)"
    ),
    "altered": r"中立|客观|客觀|平衡|理性|正面|而不是|而非|换个角度|換個角度|更适合|更適合",
}
"""The same in Chinese, both scripts."""

CHINESE_GATES: Mapping[str, str] = {
    "refusal": "不能 无法 不便 不会 不可 没办 没有 不宜 無法 不會 沒辦 沒有 不予 难以 難以 拒绝 拒絕 婉拒 不参 不參",
    "redirect": (
        "换个 换一 換個 換一 聊聊 聊点 聊點 聊些 聊一 谈谈 談談 其他 别的 別的 可以 愿意 很乐 乐意 願意 很樂 樂意 "
        "能够 能為 欢迎 歡迎"
    ),
    "altered": "中立 客观 客觀 平衡 理性 正面 而不 而非 换个 換個 更适 更適",
}
"""Pairs of characters of which one is in every match of a pattern; only to save time."""
