"""Names that speak and are nobody's: countries, capitals that stand for governments, agencies and other bodies.

What a country says is said by people of other names, and what an agency is named for is what somebody else said.
"""

from __future__ import annotations

import re

_COUNTRIES = """
Afghanistan Albania Algeria Andorra Angola Argentina Armenia Australia Austria Azerbaijan Bahamas Bahrain Bangladesh
Barbados Belarus Belgium Belize Benin Bhutan Bolivia Bosnia Botswana Brazil Britain Brunei Bulgaria Burundi Cambodia
Cameroon Canada Catalonia Chad Chile China Colombia Congo Croatia Cuba Cyprus Czechia Denmark Djibouti Ecuador Egypt
England Eritrea Estonia Eswatini Ethiopia Europe Fiji Finland France Gabon Gambia Gaza Georgia Germany Ghana Greece
Greenland Grenada Guatemala Guinea Guyana Haiti Honduras Hungary Iceland India Indonesia Iran Iraq Ireland Israel Italy
Jamaica Japan Jordan Kazakhstan Kenya Kosovo Kuwait Kyrgyzstan Laos Latvia Lebanon Lesotho Liberia Libya Lithuania
Luxembourg Madagascar Malawi Malaysia Maldives Mali Malta Mauritania Mauritius Mexico Moldova Monaco Mongolia Montenegro
Morocco Mozambique Myanmar Namibia Nepal Netherlands Nicaragua Niger Nigeria Norway Oman Pakistan Palestine Panama
Paraguay Peru Philippines Poland Portugal Qatar Romania Russia Rwanda Scotland Senegal Serbia Seychelles Singapore
Slovakia Slovenia Somalia Spain Sudan Suriname Sweden Switzerland Syria Taiwan Tajikistan Tanzania Thailand Togo Tonga
Tunisia Turkey Türkiye Turkiye Turkmenistan Uganda Ukraine Uruguay Uzbekistan Vanuatu Vatican Venezuela Vietnam Wales
Yemen Zambia Zimbabwe
"""
_CAPITALS = """
Ankara Athens Baghdad Beijing Belgrade Berlin Brussels Cairo Canberra Damascus Delhi Doha Dublin Hanoi Islamabad Jakarta
Jerusalem Kabul Khartoum Kiev Kremlin Kyiv London Madrid Minsk Moscow Nairobi Ottawa Paris Pentagon Pyongyang Riyadh
Rome Seoul Stockholm Taipei Tbilisi Tehran Tokyo Vienna Warsaw Washington
"""
_AGENCIES = """
Reuters Interfax TASS AFP AP Bloomberg BBC CNN RIA Xinhua Kyodo Yonhap ANSA Anadolu DPA EFE PTI Ukrinform IRNA
"""
_ORGANISATIONS = """
Fatah Fifa Greenpeace Hamas Hezbollah Nasa Nato Ofcom Opec Taliban Uefa Unesco Unicef
"""
_OF_SEVERAL = (
    "ria novosti",
    "associated press", "agence france-presse", "al jazeera", "fox news", "burkina faso", "costa rica", "cape verde",
    "dominican republic", "el salvador", "ivory coast", "new zealand", "north korea", "north macedonia", "san marino",
    "saudi arabia", "sierra leone", "south africa", "south korea", "south sudan", "sri lanka", "white house",
    "buenos aires", "new delhi", "downing street", "hong kong", "great britain", "northern ireland", "new york",
)  # fmt: skip
_BODIES = frozenset(f"{_COUNTRIES} {_CAPITALS} {_AGENCIES} {_ORGANISATIONS}".lower().split()) | frozenset(_OF_SEVERAL)
_ROLE = r"(?:chief|boss|ceo|executive|president|chair(?:man|woman|person)?|director|manager|coach|founder)"
_RANK = r"(?:(?:vice|deputy|senior|former|executive|general|managing)[ -])?"
"""Of companies and clubs: spokesmen, lawyers and officials people have too."""


def is_body(name: str) -> bool:
    """True for the whole name of a country, a capital, an agency or the like, and for a name in capitals (NATO)."""
    words = name.strip(" .,'’")
    return words.lower().removeprefix("the ") in _BODIES or (len(words) > 1 and words.isupper())


def speaks_through_others(name: str, text: str) -> bool:
    """True when ``text`` gives somebody as the chief or the like of ``name``, as of a company."""
    last = re.escape(name)
    pattern = rf"\b{last}(?:['’]s)? {_RANK}{_ROLE}\b|\b{_ROLE} (?:\w+ )?(?:of|at|for) (?:the )?{last}\b"
    return re.search(pattern, text, re.IGNORECASE) is not None
