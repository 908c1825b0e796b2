"use strict";
// Draws the overview anew every two seconds, unless it is paused, out of sight or in use.
(() => {
  const live = document.getElementById("live");
  const words = document.getElementById("live-words");
  const pause = document.getElementById("pause");
  const pulse = document.getElementById("pulse");
  const clock = document.getElementById("clock");
  let paused = false;

  const say = (state, text) => {
    pulse.className = state;
    if (words.textContent !== text) words.textContent = text;
  };

  const inUse = () =>
    live.contains(document.activeElement) ||
    !document.getSelection().isCollapsed ||
    live.querySelector(".chart:hover");

  // Narrow screens scroll the charts sideways; the latest seconds are at their right.
  const showLatest = () => {
    for (const drawing of live.querySelectorAll(".drawing")) drawing.scrollLeft = drawing.scrollWidth;
  };

  const refresh = async () => {
    if (paused || document.hidden || inUse()) return;
    try {
      const answer = await fetch(live.dataset.source, { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.statusText);
      const now = answer.headers.get("X-Simulator-Time");
      live.innerHTML = await answer.text();
      clock.textContent = `${now.slice(0, 10)} ${now.slice(11, 19)} UTC`;
      showLatest();
      say("beating", "live");
    } catch {
      say("lost", "the simulator does not answer");
    }
  };

  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.textContent = paused ? "Resume" : "Pause";
    say(paused ? "" : "beating", paused ? "paused" : "live");
    refresh();
  });
  say("beating", "live");
  showLatest();
  setInterval(refresh, 2000);
})();
