"""Article pages as the real sites build them, with all the furniture a reader must not get.

In: an `Item`, and the origin's own address. Out: HTML text (the old page: GBK bytes). Called by the server's routes.
"""

from __future__ import annotations

import html
import json
import struct
import zlib

from tests.support.origin.newsroom import Item
from tests.support.origin.words import WIRE, Company

_QR = """
<!-- 文末二维码 start -->
<style>
.appendQr_wrap{border:1px solid #ddd;padding:6px;} .appendQr_normal img{width:90px;}
</style>
<div class="clearfix appendQr_wrap">
 <div class="appendQr_normal"><img src="//n.sinaimg.cn/finance/cece9e13/sample_qr.png" /></div>
 <div class="appendQr_normal_txt">更多样本资讯，尽在新浪财经APP</div>
</div>
<!-- 文末二维码 end -->"""

_CHROME = """<div class="page-tools"><span><a title="缩小字体">缩小字体</a></span><span><a>放大字体</a></span>
<span><a>收藏</a></span><span><a>微博</a></span><div class="share-more-list"><a>腾讯QQ</a><a>QQ空间</a></div></div>"""

_AFTER = """<div class="article-bottom"><div class="keywords" data-wbkey="{keywords}" id="keywords"><span>文章关键词：</span></div></div>
<div class="vip-class"><h2>VIP课程推荐</h2>加载中...</div><div class="most-read"><h2>热门推荐</h2><a href="/china/">样本链接</a></div>"""


def desktop(item: Item, base: str) -> str:
    """The page of today's template, UTF-8."""
    return f"""<!DOCTYPE html>
<!-- [ published at {item.clock("%Y-%m-%d %H:%M:%S", edited=True)} ] -->
<html><head><meta charset="utf-8"/>
{_metas(item, base)}
<script>(function(){{var decoy="<div id='artibody'>脚本里的假正文</div>";}})();</script>
</head><body><div class="main-content w1240">
<div class="path-search"><a href="/">财经首页</a> &gt; 正文</div>
<h1 class="main-title">{html.escape(item.title)}</h1>
<div class="top-bar-wrap"><div class="date-source" data-sudaclick="content_media_p">
<span class="date">{item.clock("%Y年%m月%d日 %H:%M")}</span> <span class="source ent-source">{item.outlet}</span></div>{_CHROME}</div>
<div class="article-content clearfix"><div class="article-content-left">
<div class="ad"><ins class="sinaads" data-ad-pdps="PDPS0"></ins></div>
<!-- 原始正文begin -->
<div class="article" id="artibody">
{_desktop_body(item, base)}
</div>
<!-- 原始正文end -->
{_AFTER.format(keywords=",".join(item.keywords))}
</div><div class="article-content-right"><h2>股市直播</h2></div></div></div></body></html>"""


def inner(item: Item, base: str) -> str:
    """The body alone, as RSSHub routes carry it."""
    return "\n".join(_paragraphs(item)) + _picture(item, base) + f"<!-- news_keyword_pub,stock,{item.company.raw} -->"


def mobile(item: Item, base: str) -> str:
    """The twin for phones: other classes, lazy pictures, a link to the desktop page."""
    config = {"__title": f"{item.title}_手机新浪网", "__docId": item.docid, "__url": base + item.mobile_path}
    picture = (
        f'<figure class="art_img_mini"><img class="art_img_mini_img" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" '
        f'data-src="{base}{item.picture}"><h2 class="art_img_tit">{item.company.name}（样本图）</h2></figure>'
        if item.picture
        else ""
    )
    body = "\n".join(f'<p class="art_p">　　{_marked(one, item, set())}</p>' for one in item.paragraphs)
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>{html.escape(item.title)}_手机新浪网</title>
<meta property="og:title" content="{html.escape(item.title)}">
<meta name="weibo: article:create_at" content="{item.clock("%Y-%m-%d %H:%M:%S")}">
<link rel="canonical" href="{base}{item.path}"><script>var __docConfig = {json.dumps(config, ensure_ascii=False)};</script>
</head><body><main><article class="art_box"><h1 class="art_tit_h1">{html.escape(item.title)}</h1>
<div class="weibo_info"><a class="weibo_user">{item.outlet}</a><a class="look_sub">关注</a></div>
<time class="art_time">{item.clock("%Y.%m.%d %H:%M")}<cite class="art_cite">{item.outlet}</cite></time>
<section class="art_pic_card art_content">
<p class="art_p">　　来源：{item.source}</p>
{picture}{body}
<p class="art_p">　　责任编辑：{item.editor}</p></section>
<div class="unfold_btn">展开全文</div><section class="open_app"><p>打开新浪新闻APP，查看更多</p></section>
</article></main></body></html>"""


def slide(item: Item, base: str) -> str:
    """A picture story: the text stands in a script."""
    images = [
        {"title": item.title, "intro": f"<p>{one}</p>" if place else one, "image_url": f"{base}/pictures/{item.number}{place}.png",
         "download_img": "", "source": item.source, "id": str(place + 1)}
        for place, one in enumerate(item.paragraphs)
    ]  # fmt: skip
    about = {"title": item.title, "createtime": item.clock("%Y年%m月%d日 %H:%M"), "url": base + item.path}
    data = json.dumps({"slide": about, "images": images, "next_album": {"title": "下一组"}}, ensure_ascii=False)
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"/><title>{html.escape(item.title)}_新浪财经_新浪网</title>
<meta name="keywords" content="组图,{item.company.name}"/>
<meta property="article:published_time" content="{item.clock("%Y-%m-%dT%H:%M:%S")}+08:00" /></head>
<body><h1 id="slide-title">{html.escape(item.title)}</h1><div id="eData" style="display:none"><dl><dt>组图</dt></dl></div>
<script type="text/javascript">
var slideFullScreenUrl = "";
var slide_data = {data}
;var other = {{"a": "}}"}};
</script></body></html>"""


def old(item: Item, base: str) -> bytes:
    """The template of 2011, in GBK that calls itself gb2312 (which lacks 镕 and 喆), nothing stated by HTTP."""
    body = "\n".join(f"<P>　　{_marked(one, item, set())}</P>" for one in item.paragraphs)
    text = f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "">
<html><head><meta http-equiv="Content-type" content="text/html; charset=gb2312" />
<title>{html.escape(item.title)}_宏观经济_新浪财经_新浪网</title><meta name="publishid" content="30,1,{item.number:08d}" /></head><body>
<div class="blkBreadcrumbLink"><a href="{base}/">新浪财经</a> &gt; 正文</div>
<div class="blkContainerSblk"><h1 id="artibodyTitle">{html.escape(item.title)}</h1>
<div class="artInfo"><span id="pub_date">{item.clock("%Y年%m月%d日%H:%M")}</span>&nbsp;<span id="media_name"><a href="{base}/">{item.outlet}</a></span></div>
<div class="blkContainerSblkCon" id="artibody">
<!-- publish_helper name='原始正文' p_id='30' t_id='1' d_id='{item.number}' f_id='6' -->
{body}
<P>　　镕城与喆里两地的统计口径不同，本文按样本口径列示。</P><!-- news_keyword_pub,stock,{item.company.raw} -->
<!-- publish_helper_end -->
<div class="otherContent_01"><p>　　更多信息请访问：<a href="{base}/china/">样本频道</a></p></div>
<p class="show_author">(编辑：SN{item.number % 90 + 10:03d})</p></div></div></body></html>"""
    return text.encode("gb18030")


def wire(item: Item, base: str) -> str:
    """The same news on another outlet's plain page, without docid, symbols or furniture of the other site."""
    body = "".join(f"<p>{html.escape(one)}</p>" for one in item.paragraphs)
    return f"""<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>{html.escape(item.title)} - {WIRE}</title>
<meta property="article:published_time" content="{item.clock("%Y-%m-%dT%H:%M:%S")}+08:00"><link rel="canonical" href="{base}{item.wire_path}">
</head><body><header><nav><a href="/">{WIRE}</a></nav></header><main><article><h1>{html.escape(item.title)}</h1>
{body}</article></main><footer>样本页脚</footer></body></html>"""


def picture(number: int) -> bytes:
    """A small PNG in one colour that depends on the number."""
    width, height = 320, 180
    colour = bytes(((number * 53) % 156 + 60, (number * 97) % 156 + 60, (number * 31) % 156 + 60))
    rows = (b"\0" + colour * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    framed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def _metas(item: Item, base: str) -> str:
    published, updated = item.clock("%Y-%m-%dT%H:%M:%S"), item.clock("%Y-%m-%dT%H:%M:%S", edited=True)
    title = html.escape(item.title)
    lines = [
        f'<meta property="bytedance:published_time" content="{published}+08:00" />',
        f'<meta property="bytedance:updated_time" content="{updated}+08:00" />',
        f"<title>{title}_新浪财经_新浪网</title>",
        f'<meta name="keywords" content="{",".join(item.keywords)}" />',
        f'<meta name="description" content="{title}(AI生成)" />',
        f'<meta property="og:title" content="{title}" />',
        f'<meta property="og:url" content="{base}{item.path}" />',
        f'<meta name="weibo: article:create_at" content="{item.clock("%Y-%m-%d %H:%M:%S")}" />',
        f'<meta name="publishid" content="{item.docid}" />',
        f'<meta name="comment" content="cj:comos-{item.docid}" />',
        f'<meta name="mediaid" content="{item.outlet}">',
        f'<meta name="mobile-agent" content="format=html5; url={base}{item.mobile_path}">',
        f'<meta property="article:published_time" content="{published}+08:00" />',
        f'<meta property="article:author" content="{item.outlet}" />',
    ]
    if item.picture:
        lines.append(f'<meta property="og:image" content="{base}{item.picture}" />')
    if item.edits:
        lines.append(
            f'<meta name="weibo: article:update_at" content="{item.clock("%Y-%m-%d %H:%M:%S", edited=True)}" />'
        )
    return "\n".join(lines)


def _desktop_body(item: Item, base: str) -> str:
    parts = [
        '<p>	<a href="/zt_d/subject-1" target="_blank">专题：样本专题</a></p>',
        '<div class="ct_hqimg clearfix"><iframe src="/hqimg.html" width="550" height="300"></iframe></div>',
        '<div class="app-qihuo-kaihu-qr"><span>安装新浪财经客户端第一时间接收最全面的市场资讯→【下载地址】</span></div>',
        f'<blockquote><p>　　炒股就看<a href="{base}/">金麒麟分析师研报</a>，样本广告语！</p></blockquote>',
        "<p>　　登录新浪财经APP 搜索【信披】查看更多考评等级</p>",
    ]
    if item.kind == "video":
        parts.append(_player(item, base))
    parts += [f"<p>　　来源：{item.source}</p>", *_paragraphs(item), _picture(item, base)]
    if item.table:
        rows = "".join(f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in item.table)
        parts.append(f'<table border="1"><tbody><tr><td>指标</td><td>数值</td></tr>{rows}</tbody></table>')
    parts += [
        "<p>　　</p>",
        f"<!--article_adlist[<p>(本文来自{item.outlet})</p>]article_adlist-->",
        f"<!-- news_keyword_pub,stock,{item.company.raw if item.kind == 'desktop' else ' '} -->",
        '<div class="app-kaihu-qr"><span>扫二维码，3分钟极速开户>></span><img src="//n.sinaimg.cn/finance/kaihu.png"></div>',
        "<!-- 总声明-->",
        '<p class="article-notice">新浪声明：此消息系转载自样本媒体，样本网登载此文出于传递更多信息之目的。</p>',
        _QR,
        f'<p class="article-editor">责任编辑：{item.editor} {item.editor_code} </p>',
    ]
    return "\n".join(parts)


def _paragraphs(item: Item) -> list[str]:
    """Indented paragraphs; companies are marked where first named, one number is set bold the way the desk's tool does."""
    marked: set[str] = set()
    lines = [f"<p>　　{_marked(one, item, marked)}</p>" for one in item.paragraphs]
    lines[0] = lines[0].replace(
        "净利润", '<font cms-style="font-L strong-Bold"><font cms-style="strong-Bold font-L">净利润</font></font>', 1
    )
    return lines


def _marked(text: str, item: Item, marked: set[str]) -> str:
    shown = html.escape(text, quote=False).replace("&lt;", "<").replace("&gt;", ">")  # raw <示范> occurs in real text
    if item.kind != "desktop":
        return shown
    for company in (item.company, item.other):
        if company.name in shown and company.name not in marked:
            marked.add(company.name)
            shown = shown.replace(company.name, _stock(company), 1)
    return shown


def _stock(company: Company) -> str:
    if company.market == "hk":
        kind, address = "hkstock", f"//stock.finance.sina.com.cn/hkstock/quotes/{company.code}.html"
    elif company.market == "us":
        kind, address = "usstock", f"//stock.finance.sina.com.cn/usstock/quotes/{company.code}.html"
    else:
        kind, address = "stock", f"//finance.sina.com.cn/realstock/company/{company.raw}/nc.shtml"
    return (
        f'<span id={kind}_{company.raw}><a href={address} class="keyword" target=_blank '
        f'data-sudaclick="content_marketkeywords_p">{company.name}</a></span><span id=quote_{company.raw}></span>'
    )


def _picture(item: Item, base: str) -> str:
    if not item.picture:
        return ""
    address = (base + item.picture).removeprefix("http:")
    return f'<div class="img_wrapper"><img id="0" src="{address}"><span class="img_descr">{item.company.name}（样本图）</span></div>'


def _player(item: Item, base: str) -> str:
    video = f"59{item.number:07d}"
    listing = json.dumps(
        {"videos": [{"title": item.title, "videoid": video, "img": f"{base}/pictures/{item.number}.png",
                     "vmsURL": f"http://video.sina.com.cn/view/{video}.html", "from": "vms"}]},
        ensure_ascii=False,
    )  # fmt: skip
    return f"""<div class="artical-player-wrap"><div id="J_Article_Player">视频加载中，请稍候...</div>
<label><input type="checkbox" checked> 自动播放</label><a href="javascript:;">向前</a><a href="javascript:;">向后</a></div>
<!--mce-plugin-videoList2[{listing}]mce-plugin-videoList2-->"""
