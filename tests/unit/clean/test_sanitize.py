"""Nothing active gets through: the sanitiser alone, and the whole of clean, against every spelling we know."""

from __future__ import annotations

import pytest

from aggregator import clean
from aggregator.clean import sanitize
from tests.support import unsafe
from tests.support.sites import cleaned, raw

VECTORS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script/x>alert(1)</script >",
    "<<script>alert(1)//<</script>",
    "<script>alert(1)",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    '<img src="x` `onerror=alert(1)">',
    "<img src='x'onload='alert(1)'>",
    '<img """><script>alert(1)</script>">',
    "<p title=t lang=zh dir=rtl tabindex=1 accesskey=x contenteditable is=x slot=y>甲</p>",
    "<p onclick=alert(1) onmouseover='x' ONFOCUS=1>甲</p>",
    "<body onload=alert(1)>甲</body>",
    "<a href='javascript:alert(1)'>链</a>",
    "<a href='JaVaScRiPt:alert(1)'>链</a>",
    "<a href=' &#14; javascript:alert(1)'>链</a>",
    "<a href='java\tscript:alert(1)'>链</a>",
    "<a href='java&#x0A;script:alert(1)'>链</a>",
    "<a href='&#106;avascript&colon;alert(1)'>链</a>",
    "<a href='\x01javascript:alert(1)'>链</a>",
    "<a href='vbscript:msgbox(1)'>链</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD4='>链</a>",
    "<a href='blob:https://a.example/x'>链</a>",
    "<a href='file:///etc/passwd'>链</a>",
    "<a href='//evil.example' target=_blank ping=//evil.example/p download style=x class=y id=z>链</a>",
    "<img src='data:image/svg+xml;base64,PHN2Zz4='>",
    "<img src='data:text/html,<script>alert(1)</script>'>",
    "<img srcset='javascript:alert(1) 1x' src=/a.png>",
    "<img lowsrc=javascript:alert(1) dynsrc=javascript:alert(1) src=/a.png usemap=#m ismap>",
    "<svg onload=alert(1)><script>alert(1)</script><a xlink:href='javascript:x'><text>链</text></a></svg>",
    "<svg><foreignObject><iframe src=x></iframe></foreignObject></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mi xlink:href='javascript:alert(1)'>链</mi></math>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<form action=//evil.example><input name=p><button formaction='javascript:alert(1)'>甲</button></form>",
    "<isindex action=javascript:alert(1) type=image>",
    "<iframe src=//evil.example srcdoc='<script>alert(1)</script>'></iframe>",
    "<frameset><frame src=javascript:alert(1)></frameset>",
    "<object data=x.swf><param name=a value=b></object><embed src=x.swf><applet code=x></applet>",
    "<style>@import 'http://evil.example/x.css'; p{background:url(javascript:alert(1))}</style>",
    "<p style='background:url(javascript:alert(1));position:fixed'>甲</p>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href='javascript:alert(1)//'>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<!--><script>alert(1)</script>-->",
    "<!-- --!><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml-stylesheet href='javascript:alert(1)'?>",
    "<xml><x><![CDATA[<img src=x onerror=alert(1)]]></x></xml>",
    "<video src=x onerror=alert(1)><source onerror=alert(1)></video><audio src=x autoplay></audio>",
    "<details open ontoggle=alert(1)>甲</details>",
    "<marquee onstart=alert(1)>甲</marquee>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>甲</p></noscript>",
    "<textarea></textarea><script>alert(1)</script></textarea>",
    "<title><img src=x onerror=alert(1)></title>",
    "<xmp><script>alert(1)</script></xmp><plaintext><script>alert(1)</script>",
    "<table background='javascript:alert(1)'><td background=x>甲</td></table>",
    "<div style='expression(alert(1))' class=a id=b data-x=1>甲</div>",
    "<a href=https://a.example/?a=<script>alert(1)</script>>链</a>",
    "<a href='https://user:pass@a.example/'>链</a>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<p>甲\x00<scr\x00ipt>alert(1)</scr\x00ipt></p>",
    "<blockquote cite='javascript:alert(1)'>甲</blockquote>",
    "<q cite='javascript:x'>甲</q><del cite='javascript:x' datetime=x>乙</del>",
    "<article><p>甲</p><x-custom onclick=1>乙</x-custom></article>",
    "<img src=/a.png alt='&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;'>",
    "<figure><img src=/a.png><figcaption><script>alert(1)</script>说明<img src=x onerror=1></figcaption></figure>",
    "<span id=stock_sz000000><a href='javascript:alert(1)//realstock/company/sz000000/nc.shtml'>甲</a></span>",
    '<!--mce-plugin-videoList2[{"videos":[{"videoid":"1","vmsURL":"javascript:alert(1)"}]}]mce-plugin-videoList2-->',
    "<p>来源：<script>alert(1)</script>样本</p><p>责任编辑：<img src=x onerror=1>甲</p>",
]


@pytest.mark.parametrize("vector", VECTORS)
def test_sanitiser(vector: str) -> None:
    assert unsafe.findings(sanitize.sanitize(vector)) == []


@pytest.mark.parametrize("vector", VECTORS)
def test_clean(vector: str) -> None:
    for html in (vector, f"<p>前文。</p>{vector}<p>后文。</p>", f"<table><tr><td>{vector}</td></tr></table>"):
        for article in (cleaned(html), clean.clean(raw(html))):
            assert unsafe.findings(article.html) == []
            addresses = [v.page for v in article.videos] + [i.url for i in article.images] + [article.image]
            assert all(a is None or a.startswith(("https://", "http://")) for a in addresses)


@pytest.mark.parametrize(
    "markup",
    ["<script>", "<p onclick=x>", "<a href='java\tscript:x' rel='noopener nofollow'>", "<a href='https://a/'>",
     "<!--x-->", "<img src='data:image/png,x'>", "<p style=x>", "<?x?>"],
)  # fmt: skip
def test_the_scanner_finds_what_it_should(markup: str) -> None:
    assert unsafe.findings(markup)


def test_links_say_that_we_do_not_vouch_for_them() -> None:
    assert sanitize.sanitize("<a href='https://a.example/' rel='opener' target=_top>甲</a>") == (
        '<a href="https://a.example/" rel="noopener nofollow">甲</a>'
    )


def test_relative_addresses_do_not_pass_the_sanitiser() -> None:
    assert sanitize.sanitize("<a href='/x'>甲</a><img src='b.png'>") == '<a rel="noopener nofollow">甲</a><img>'
