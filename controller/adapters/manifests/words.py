"""What an unquoted word of YAML means to Kubernetes (sigs.k8s.io/yaml), which is none of the YAML standards.

The words y, yes and on are booleans, 0o17 and 017 are 15; a date stays text, and so does 18:00.
"""

import re

Scalar = str | int | float | bool | None

_KNOWN: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
}

#: No JSON can hold them.
_NO_NUMBERS = re.compile(r"\.nan|\.NaN|\.NAN|[-+]?(\.inf|\.Inf|\.INF)")

#: Whole numbers by their prefix, and the base that goes with it.
_WHOLE = {
    10: re.compile(r"[-+]?(0|[1-9][0-9]*)"),
    16: re.compile(r"[-+]?0[xX][0-9a-fA-F]+"),
    8: re.compile(r"[-+]?0[oO]?[0-7]+"),
    2: re.compile(r"[-+]?0[bB][01]+"),
}

_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def meaning(word: str) -> Scalar:
    """The value of an unquoted word. ValueError for a number that JSON cannot hold."""
    if word in _KNOWN:
        return _KNOWN[word]
    if word[0] not in "+-.0123456789":
        return word
    if _NO_NUMBERS.fullmatch(word):
        raise ValueError(f"found {word}, expected a number")
    return _number(word)


def _number(word: str) -> Scalar:
    digits = word.replace("_", "") if word[0] != "." else word
    for base, form in _WHOLE.items():
        if form.fullmatch(digits) and len(digits) <= 66:
            number = int(digits.replace("o", "").replace("O", "") if base == 8 else digits, base)
            if -(2**63) <= number < 2**64:
                return number
    if not _DECIMAL.fullmatch(digits):
        return word
    number_ = float(digits)
    if number_ in (float("inf"), float("-inf")):
        raise ValueError(f"found {word[:20]}, expected a smaller number")
    return number_
