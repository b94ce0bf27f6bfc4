"""Whom Gmail vouches for: its own topmost result, for exactly the domain in From."""

from __future__ import annotations

import pytest

from integrations.gmail.trust import is_proven

FROM = ("From", "Ann <ann@customer.example>")
PASS = "mx.google.com; dkim=pass header.i=@customer.example header.s=s1; spf=pass smtp.mailfrom=a@customer.example; dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=customer.example"
FAIL = "mx.google.com; spf=fail smtp.mailfrom=m@evil.example; dmarc=fail (p=NONE dis=NONE) header.from=customer.example"


def result(value: str) -> tuple[str, str]:
    return ("Authentication-Results", value)


@pytest.mark.parametrize(
    "headers",
    [
        (result(PASS), FROM),
        (("authentication-results", PASS.upper().replace("MX.GOOGLE.COM", "mx.google.com")), FROM),
        (result(PASS.replace("; ", ";\r\n       ")), ("FROM", "ann@CUSTOMER.example")),
        (result(PASS), result("mx.evil.example; dmarc=fail header.from=customer.example"), FROM),
    ],
)
def test_gmails_own_pass_for_the_domain_in_from_proves_the_sender(headers):
    assert is_proven(headers)


@pytest.mark.parametrize(
    "headers",
    [
        (FROM,),
        (result(FAIL), FROM),
        (result(FAIL), result(PASS), FROM),  # the second came along with the mail
        (result(PASS.replace("mx.google.com", "mx.evil.example")), FROM),
        (result(PASS.replace("mx.google.com", "mx.evil.example")), result(PASS), FROM),
        (result(PASS.replace("mx.google.com;", "mx.google.com.evil.example;")), FROM),
        (("ARC-Authentication-Results", f"i=1; {PASS}"), FROM),
        (result(PASS), ("From", "Ann <ann@other.example>")),
        (result(PASS), ("From", "Ann <ann@sub.customer.example>")),
        (result(PASS), FROM, ("From", "Mallory <m@evil.example>")),
        (result(PASS), ("From", "ann@customer.example, m@evil.example")),
        (result(PASS), ("From", "ann@customer.example <m@evil.example>")),
        (result(PASS), ("From", "nobody")),
        (result("mx.google.com; spf=fail (dmarc=pass header.from=customer.example) smtp.mailfrom=x"), FROM),
        (result('mx.google.com; spf=fail smtp.mailfrom="x; dmarc=pass header.from=customer.example"@evil.example'), FROM),
        (result("mx.google.com; spf=fail (; dmarc=pass header.from=customer.example"), FROM),
        (result("mx.google.com; spf=pass smtp.mailfrom=dmarc=pass header.from=customer.example"), FROM),
        (result(f"{PASS}; dmarc=fail header.from=customer.example"), FROM),
        (result("mx.google.com; dmarc=passed header.from=customer.example"), FROM),
        (result("mx.google.com; dmarc=pass"), FROM),
        (result(""), FROM),
    ],
)  # fmt: skip
@pytest.mark.threat("sender-forged")
def test_anything_else_proves_nothing(headers):
    assert not is_proven(headers)
