"""Real posts, cleaned: every fact written down about them holds, and the seed tells what it should."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from aggregator import clean
from aggregator.models import Article, Found
from aggregator.parse import post as posts
from tests.support import unsafe
from tests.support.sites import sina

_CORPUS_POSTS = (
    "22部门联合发文打击非法社会组织",
    "住建部：逐步使租购住房在享受公共服务上具有同等权利",
    "商务部：中国已经完成RCEP核准 详解RCEP规则亮点",
    "外交部：中美对话及时有益 加深互相理解",
    "工信部_电子烟等新型烟草制品参照卷烟监管 推进电子烟监管法治化",
    "工信部对修改《中华人民共和国烟草专卖法实施条例》公开征求意见",
    "广东已接种新冠疫苗332万人 将逐步加快教师等人群接种",
    "您乘坐的网约车合规吗？输个车牌试试吧",
    "浙江加强房贷审慎管理：全面自查开发贷、按揭、经营贷等涉房贷款",
    "银保监会启动人身保险行业佣金制度调研工作",
)


def _read(path: Path) -> Article:
    entry = posts.read(path.read_text("utf-8"), where=path.name)
    article = Article(
        entry_id=entry.id,
        title=entry.title,
        html=entry.content or "",
        published=entry.published,
        author=entry.author,
        outlet=entry.outlet,
        categories=entry.categories,
        images=entry.images,
    )
    return clean.clean(article, sina())


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _paragraphs(html: str) -> list[str]:
    outside_boxes = re.sub(r"<(blockquote|table|figure)>.*?</\1>", "", html, flags=re.DOTALL)
    return re.findall(r"<(?:p|h[2-6])>(.*?)</(?:p|h[2-6])>", outside_boxes)


@pytest.fixture(scope="module", params=_CORPUS_POSTS)
def post(request: pytest.FixtureRequest, corpus: Path) -> tuple[dict[str, Any], Article]:
    facts = json.loads((corpus / "posts" / "facts.json").read_text("utf-8"))
    name = f"{request.param}.md"
    return facts[name], _read(corpus / "posts" / name)


def test_every_post_of_the_corpus_is_checked(corpus: Path) -> None:
    names = {path.stem for path in (corpus / "posts").glob("*.md")}
    assert names == set(_CORPUS_POSTS)


def test_stated_facts(post: tuple[dict[str, Any], Article]) -> None:
    facts, article = post
    assert article.title == facts["title"]
    assert article.published is not None
    assert article.published.isoformat() == facts["date"].replace("Z", "+00:00")
    assert list(article.categories) == facts["categories"]
    assert article.author == facts["author"]


def test_facts_of_the_body(post: tuple[dict[str, Any], Article]) -> None:
    facts, article = post
    assert article.outlet == facts.get("source", facts.get("source_hint") if article.outlet else None)
    assert article.editor == facts["editor"]
    assert article.editor_code == facts.get("editor_code")
    assert article.original_title == facts.get("original_title")
    assert [symbol.code for symbol in article.symbols] == facts["symbols"]
    assert [list(pair) for pair in article.related] == facts["related_links"]
    for name in facts["reporters"]:
        assert name in (article.byline or "")
    if not facts["reporters"]:
        assert article.byline is None


def test_the_text_is_whole(post: tuple[dict[str, Any], Article]) -> None:
    facts, article = post
    assert facts["paragraphs_min"] <= len(_paragraphs(article.html)) <= facts["paragraphs_max"]
    for sentence in facts["must_survive"]:
        assert _spaced(sentence) in _spaced(article.text)
    for heading in facts["subheads"]:
        assert f"<h3>{heading}</h3>" in article.html


def test_the_furniture_is_gone(post: tuple[dict[str, Any], Article]) -> None:
    facts, article = post
    for words in facts["must_not_survive"]:
        assert words not in article.html
        assert words not in article.text
    assert unsafe.findings(article.html) == []


def test_pictures(post: tuple[dict[str, Any], Article]) -> None:
    facts, article = post
    assert [image.url for image in article.images] == facts["image_urls"]
    assert article.image == (facts["image_urls"] or [None])[0]
    assert re.findall(r"<figcaption>(.*?)</figcaption>", article.html) == facts["captions"]


def test_cleaning_twice_is_cleaning_once(post: tuple[dict[str, Any], Article]) -> None:
    _, article = post
    assert clean.clean(article, sina()) == article


def test_the_seed(corpus: Path) -> None:
    path = corpus / "seed.md"
    article = _read(path)
    assert article.outlet == "21世纪经济报道"
    assert article.editor == "李墨轩"
    assert article.byline == "王俊 实习生 潘庆国"
    assert [(s.code, s.name, s.found) for s in article.symbols] == [("600941.SH", "中国移动", Found.MARKUP)]
    assert article.published is not None
    assert article.published.isoformat() == "2022-06-14T11:54:04+00:00"
    assert article.categories == ("金融", "新浪财经", "新浪财经－国內")
    assert (article.image, article.images) == (None, ())
    for words in ("Qr", "<style", "<!--", "<font", "责任编辑", "来源：", "cms-style", "343233024.png", "　　"):
        assert words not in article.html
    for sentence in _sentences(path.read_text("utf-8")):
        assert sentence in article.text


def _sentences(post_text: str) -> list[str]:
    """Every sentence of the seed's paragraphs, but for the source line and the editor's."""
    body = post_text.split("<div>", 1)[1]
    found = []
    for paragraph in re.findall(r"<p cms-style[^>]*>(.*?)</p>", body, flags=re.DOTALL):
        words = re.sub(r"<[^>]+>", "", paragraph).strip("　 ")
        if not words.startswith("来源："):
            found += [sentence for sentence in re.split(r"(?<=。)", words) if sentence]
    assert len(found) > 20
    return found
