"""Words the breakdown knows. They are few on purpose: a word belongs here when a film needs it often."""

from __future__ import annotations

import re


def words(text: str) -> frozenset[str]:
    """The words of `text`, which stand between white space."""
    return frozenset(text.split())


MALE = words(
    """
    man boy guy gentleman lad father dad son brother husband uncle grandfather king prince waiter
    lord sir mr mister policeman fisherman salesman
    """
)
FEMALE = words(
    """
    woman girl lady mother mom mum daughter sister wife aunt grandmother queen princess waitress mrs
    ms miss madam nurse bride widow
    """
)
PEOPLE = (
    MALE
    | FEMALE
    | words(
        """
    person child kid teenager teen baby cop officer detective soldier guard doctor driver bartender
    barman clerk stranger keeper sailor captain minion thug student teacher lawyer reporter agent
    scientist pilot artist musician dancer singer painter writer worker farmer fisher sniper
    mastermind retiree thief priest nun judge cook chef customer neighbour neighbor boss manager
    secretary hitchhiker traveller traveler tourist kid elder figure general sergeant lieutenant
    major colonel private president minister mayor butler maid janitor mechanic robot ghost witch
    wizard knight monk pirate astronaut actor actress director
    """
    )
)
MEN = words(
    """
    aaron adam ahmed al alan albert alex ali andre andrew anthony arthur ben bernard bill billy bob
    boris brian bruce bruno carl carlos charles charlie chris daniel dan dave david dick diego
    dmitri don donald doug ed eddie edward eli eric ethan felix finn frank fred gary george gerald
    greg gus hank hans harold harry hector henry hugo ian ivan jack jacob jake james jason jean jeff
    jerry jim jimmy joe joel john johnny jonas jorge jose joseph josh juan karl ken kevin kurt larry
    lars leo leon liam louis luca luis luke marc marco mark martin matt max michael mike milo
    mohamed nate ned neil nick noah norman oleg oliver omar oscar otto owen pablo patrick paul pedro
    pete peter phil pierre rafael raj ralph ray rené richard rick rob robert roger roman ron roy
    russell sam samir scott sean sergei simon stan steve steven sven ted terry theo thomas tim toby
    todd tom tommy tony victor vincent walt walter wayne william yusuf zack
    """
)
WOMEN = words(
    """
    abby ada aisha alice alison amanda amina amy ana andrea angela anita ann anna anne astrid ava
    barbara bea beth betty bianca bonnie brenda bridget camille carla carmen carol caroline
    catherine chloe chloé christine cindy clara claire cora cynthia dana daphne debbie deborah diana
    diane donna dora doris dorothy edith elaine eleanor elena eliza elizabeth ella ellen elsa emily
    emma erika esther eva eve fatima fiona flora freya gemma gina gloria grace greta gwen hannah
    heather helen holly ida ines ingrid irene iris isabel jane janet janice jean jennifer jenny
    jessica jill joan joanna josephine joy joyce judy julia julie june karen kate katherine kathy
    keiko kelly kim laila laura leila lena lily linda lisa lola lois lucia lucy lydia maeve mara
    margaret maria marie marta martha mary maya mei michelle mira moira mona monica nadia nancy
    naomi nicole nina nora olga olivia pam patricia paula peggy petra phoebe priya rachel rebecca
    renée rita rosa rose ruth sadia sally samantha sandra sara sarah selma sharon sheila shirley
    simone sofia sonia sophia sophie stella sue susan sylvia tara teresa tessa thea tina ursula vera
    victoria violet wanda wendy yara yuki zara zoe zoë
    """
)
ACRONYMS = words(
    """
    TV USA US UK UN FBI CIA NYPD LAPD CCTV ATM DNA GPS DVD CD VHS PC ID II III IV VIP SUV RV UFO
    NASA SWAT HQ LA NYC AM PM OK FM DJ
    """
)
EVERYONE = frozenset({"all", "both", "everyone", "everybody", "together", "the men", "the women"})
LANGUAGES = words(
    """
    arabic chinese dutch english french german greek hebrew hindi italian japanese korean latin
    mandarin cantonese norwegian polish portuguese russian spanish swedish turkish urdu vietnamese
    yiddish
    """
)

_NOT_VERBS = words(
    """
    his always perhaps glasses jeans trousers pants boots shoes eyes yes as this us 30s 40s
    sunglasses overalls pyjamas pajamas gloves clothes towards besides sometimes thus plus
    """
)


def is_finite_verb(word: str) -> bool:
    """Whether a word that opens a clause is a verb in the present (`walks`, `is`), by its form."""
    word = word.lower()
    if word in {"is", "are", "was", "were", "has", "have", "does", "do", "can", "cannot", "goes"}:
        return True
    return (
        bool(re.fullmatch(r"[a-z-]{2,}s", word))
        and word not in _NOT_VERBS
        and not word.endswith(("ss", "ous", "'s"))
    )


def gender_of_words(text: str) -> str:
    """`man`, `woman`, `boy`, `girl` or nothing, from nouns in a description or a first name."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    for word in words:
        if word in MALE:
            return "boy" if word in {"boy", "lad"} else "man"
        if word in FEMALE:
            return "girl" if word == "girl" else "woman"
    return ""


def gender_of_name(name: str) -> str:
    """`man` or `woman` where the first name is a common one of that kind only."""
    for word in re.findall(r"[^\W\d_]+", name.lower()):
        if (word in MEN) != (word in WOMEN):
            return "man" if word in MEN else "woman"
    return ""


def article(phrase: str) -> str:
    """`phrase` with `a` or `an` before it."""
    return (
        f"an {phrase}"
        if re.match(r"(?!uni|use|one)[aeiou8]|hour|honest|heir", phrase, re.IGNORECASE)
        else f"a {phrase}"
    )
