"""QR codes as SVG."""

from __future__ import annotations

import segno

from console.qr_code import BORDER, draw_code

URI = "otpauth://totp/Park:li?secret=JBSWY3DPEHPK3PXP&issuer=Park"


def test_a_code_stands_in_a_page() -> None:
    """Its box is the modules with their border; nothing that the policy refuses, and not the text itself."""
    drawn = draw_code(URI, 'a "label"')
    side = segno.make(URI, error="m", micro=False, boost_error=False).symbol_size(border=BORDER)[0]
    assert f'viewBox="0 0 {side} {side}"' in drawn
    assert "style=" not in drawn
    assert "JBSWY" not in drawn
    assert "a &#34;label&#34;" in drawn
    assert drawn.count("<svg") == drawn.count("</svg>") == 1
