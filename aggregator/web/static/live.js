// Asks now and then whether the list has newer stories, and says so above it; nothing moves under the reader's eyes.
"use strict";

(() => {
  const { news, newsOne, newsMany } = document.documentElement.dataset;
  const stream = document.querySelector(".stream");
  if (!news || !stream) return;
  const EVERY = 30_000;
  let told;

  const ask = async () => {
    if (document.hidden) return;
    const answer = await fetch(news, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) return;
    const { new: count, more } = await answer.json();
    if (!count) return;
    if (!told) {
      const notice = document.createElement("p");
      notice.className = "news";
      notice.setAttribute("role", "status");
      told = document.createElement("a");
      told.href = location.href;
      notice.append(told);
      stream.prepend(notice);
    }
    told.textContent = (more ? newsMany : newsOne).replace("{n}", count);
  };

  setInterval(ask, EVERY);
  document.addEventListener("visibilitychange", ask);
})();
