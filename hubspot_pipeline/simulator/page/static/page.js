"use strict";
// Draws the overview anew every two seconds, unless it is paused or out of sight.
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

  const refresh = async () => {
    if (paused || document.hidden) return;
    try {
      const answer = await fetch(live.dataset.source, { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.statusText);
      const now = answer.headers.get("X-Simulator-Time");
      live.innerHTML = await answer.text();
      clock.textContent = `${now.slice(0, 10)} ${now.slice(11, 19)} UTC`;
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
  setInterval(refresh, 2000);
})();
