<?xml version="1.0" encoding="UTF-8"?>
<!-- Makes a page of an RSS or Atom document of ours that is opened in a browser; feed readers never see it.
     Titles, times and summaries are taken as plain text, never as mark-up, and only http(s) addresses are linked. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:a="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:content="http://purl.org/rss/1.0/modules/content/" exclude-result-prefixes="a dc content">
  <xsl:output method="html" encoding="UTF-8" indent="no" doctype-system="about:legacy-compat"/>

  <!-- where our files are: beside this one -->
  <xsl:param name="files" select="substring-before(substring-after(
    /processing-instruction('xml-stylesheet')[contains(., 'feed.xsl')], 'href=&quot;'), 'feed.xsl')"/>

  <xsl:template match="/">
    <xsl:apply-templates select="a:feed | rss/channel"/>
  </xsl:template>

  <xsl:template match="a:feed | channel">
    <xsl:variable name="title" select="(a:title | title)[1]"/>
    <html>
      <xsl:attribute name="lang"><xsl:value-of select="(@xml:lang | language)[1]"/></xsl:attribute>
      <head>
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta name="color-scheme" content="light dark"/>
        <title><xsl:value-of select="$title"/></title>
        <link rel="icon" type="image/svg+xml" href="{$files}icon.svg"/>
        <link rel="stylesheet" href="{$files}style.css"/>
        <link rel="stylesheet" href="{$files}feed.css"/>
      </head>
      <body class="feed-page">
        <header>
          <h1><xsl:value-of select="$title"/></h1>
          <p class="about"><xsl:value-of select="(a:subtitle | description)[1]"/></p>
          <div class="hint">
            <p>这是一个订阅源：把下面的地址粘贴到阅读器里，新内容会自动送到。</p>
            <p lang="en">This is a web feed. Copy its address into your feed reader to follow it.</p>
            <p><code><xsl:value-of select="a:link[@rel='self'][1]/@href"/></code></p>
            <p>
              <xsl:call-template name="linked">
                <xsl:with-param name="to" select="(a:link[@rel='alternate']/@href | link)[1]"/>
                <xsl:with-param name="words" select="'在网站上阅读 · Read on the site'"/>
              </xsl:call-template>
            </p>
          </div>
        </header>
        <main>
          <ol>
            <xsl:apply-templates select="a:entry | item"/>
          </ol>
          <xsl:if test="not(a:entry | item)"><p>暂时没有内容。</p></xsl:if>
          <xsl:if test="a:link[@rel='prev-archive']">
            <p>
              <xsl:call-template name="linked">
                <xsl:with-param name="to" select="a:link[@rel='prev-archive'][1]/@href"/>
                <xsl:with-param name="words" select="'更早的内容 · Older'"/>
              </xsl:call-template>
            </p>
          </xsl:if>
        </main>
      </body>
    </html>
  </xsl:template>

  <xsl:template match="a:entry | item">
    <li>
      <h2>
        <xsl:call-template name="linked">
          <xsl:with-param name="to" select="(a:link[@rel='alternate']/@href | link)[1]"/>
          <xsl:with-param name="words" select="(a:title | title)[1]"/>
        </xsl:call-template>
      </h2>
      <p class="facts">
        <time><xsl:value-of select="substring(translate(a:published, 'T', ' '), 1, 16)"/>
          <xsl:value-of select="substring(pubDate, 1, 22)"/></time><xsl:text> UTC　</xsl:text>
        <xsl:value-of select="(a:author/a:name | dc:creator)[1]"/>
      </p>
      <p>
        <xsl:choose>
          <!-- without full text the first paragraph of the mark-up is the summary -->
          <xsl:when test="a:summary[@type='html'] | a:content[not(../a:summary)] | description[not(../content:encoded)]">
            <xsl:call-template name="plain">
              <xsl:with-param name="text" select="substring-before(substring-after(
                (a:summary | a:content[not(../a:summary)] | description)[1], '&lt;p&gt;'), '&lt;/p&gt;')"/>
            </xsl:call-template>
          </xsl:when>
          <xsl:otherwise><xsl:value-of select="(a:summary | description)[1]"/></xsl:otherwise>
        </xsl:choose>
      </p>
    </li>
  </xsl:template>

  <xsl:template name="linked">
    <xsl:param name="to"/>
    <xsl:param name="words"/>
    <xsl:choose>
      <xsl:when test="starts-with($to, 'https://') or starts-with($to, 'http://')">
        <a href="{$to}" rel="noopener nofollow"><xsl:value-of select="$words"/></a>
      </xsl:when>
      <xsl:otherwise><xsl:value-of select="$words"/></xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <!-- text of mark-up that has no tags in it: its escapes read -->
  <xsl:template name="plain">
    <xsl:param name="text"/>
    <xsl:choose>
      <xsl:when test="contains($text, '&amp;')">
        <xsl:variable name="rest" select="substring-after($text, '&amp;')"/>
        <xsl:value-of select="substring-before($text, '&amp;')"/>
        <xsl:choose>
          <xsl:when test="starts-with($rest, 'lt;')">&lt;</xsl:when>
          <xsl:when test="starts-with($rest, 'gt;')">&gt;</xsl:when>
          <xsl:otherwise>&amp;</xsl:otherwise>
        </xsl:choose>
        <xsl:call-template name="plain">
          <xsl:with-param name="text" select="substring-after($rest, ';')"/>
        </xsl:call-template>
      </xsl:when>
      <xsl:otherwise><xsl:value-of select="$text"/></xsl:otherwise>
    </xsl:choose>
  </xsl:template>
</xsl:stylesheet>
