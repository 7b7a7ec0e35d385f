"""Past forms of the verbs of news, and their base forms: "did" needs the base, and a guessed one reads wrong."""

from __future__ import annotations

_IRREGULAR = """
became:become began:begin beat:beat bought:buy broke:break brought:bring built:build burst:burst came:come
caught:catch chose:choose cut:cut drew:draw drove:drive fell:fall fled:flee flew:fly fought:fight found:find
gave:give got:get grew:grow held:hold hit:hit hurt:hurt kept:keep knew:know laid:lay led:lead left:leave lent:lend
lost:lose made:make met:meet paid:pay put:put quit:quit ran:run rose:rise saw:see sank:sink sent:send set:set
shot:shoot shut:shut sold:sell sought:seek spent:spend split:split spoke:speak spread:spread stood:stand stole:steal
struck:strike swam:swim swore:swear taught:teach threw:throw told:tell took:take went:go withdrew:withdraw won:win
wrote:write overtook:overtake had:have
"""
_REGULAR = """
abandon accept accuse achieve acquire add adopt agree allow announce appear appoint approve arrest arrive ask attack
attend back ban beg blame block boost call cancel capture carry cause celebrate change charge claim climb close
collapse collect complete confirm continue control convict create cross damage declare defeat defend deliver demand
deny deploy destroy die direct discover dismiss donate double drop earn elect employ end endorse enter escape
establish expand explode face fail fine finish fire form found gain halt hand help hire host imprison increase
inherit injure insist introduce invade invent invite issue join jump kill land last launch lift limit marry move name
need nominate offer open order organise organize own pass perform plan plead pledge plunge postpone praise prevent
promise propose protest publish pull raise reach receive recover reduce refuse reject release remain remove rename
repeal replace report rescue resign restore retire return reveal reverse revive rule scrap seize serve settle sign
slip spark sponsor start stop strip study succeed suffer supply support surrender suspend swap target test top
topple train transfer travel try turn unveil use veto visit vote vow walk want warn welcome
"""
_DOUBLING = frozenset("ban beg cancel control drop plan scrap slip stop strip swap top transfer travel".split())


def _past(base: str) -> str:
    if base in _DOUBLING:
        return f"{base}{base[-1]}ed"
    if base.endswith("e"):
        return f"{base}d"
    if base.endswith("y") and base[-2] not in "aeou":
        return f"{base[:-1]}ied"
    return f"{base}ed"


BASE_OF = {
    **{_past(base): base for base in _REGULAR.split()},
    **dict(pair.split(":") for pair in _IRREGULAR.split()),
}
"""Base form by past form: ``BASE_OF["won"] == "win"``."""

PARTICIPLES = frozenset(
    [_past(base) for base in _REGULAR.split()]
    + """beaten begun bought broken brought built caught chosen cut drawn driven found given held hit hurt kept led left
    made paid put sent set shot shut sold split struck taken thrown told torn born known written won""".split()
)
"""What may follow "was" in a passive: "was elected", "was held"."""

FINITE = frozenset(BASE_OF) | frozenset(
    """is are was were be been has have had do does did will would can could may might shall should must said says
    say""".split()
)
"""Words that make a clause of their own, so that a second one after "did …" would read wrong."""
