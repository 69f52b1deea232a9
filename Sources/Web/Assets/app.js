// Follows the runs that are under way. Everything else on the page works without this.
"use strict";

const things = {
  tracks: "saved tracks",
  playlists: "playlists",
  following: "followed artists",
  releases: "artists’ releases",
};

function words(run) {
  const kind = things[run.kind];
  const until = run.waiting_until ? ` until ${new Date(run.waiting_until).toLocaleTimeString()}` : "";
  const why = run.error ? ` ${run.error.detail}` : "";
  switch (run.status) {
    case "queued":
      return `Your ${kind} wait for a free worker.`;
    case "running":
      return run.progress.total === null
        ? `Your ${kind} are being read.`
        : `Your ${kind} are being read: ${run.progress.done} of ${run.progress.total} ${run.progress.unit}.`;
    case "waiting":
      return `Your ${kind} wait${until}.${why}`;
    default:
      return "Done.";
  }
}

function show(place, run) {
  const text = place.querySelector(".words");
  const line = words(run);
  // Set only when it changes, so that screen readers say it once.
  if (text.textContent !== line) text.textContent = line;
  const bar = place.querySelector("progress");
  if (bar && run.progress.total) {
    bar.max = run.progress.total;
    bar.value = run.progress.done;
  }
}

// True when the page has to be made anew: the run has ended.
function take(place, run) {
  if (["succeeded", "failed", "cancelled"].includes(run.status)) {
    location.reload();
    return true;
  }
  show(place, run);
  return false;
}

// Lets the server tell. Its connection is given back while nobody looks.
function listen(place) {
  let source = null;
  const close = () => {
    if (source) source.close();
    source = null;
  };
  const open = () => {
    source = new EventSource(`${place.dataset.run}events/`);
    source.addEventListener("run", (event) => {
      if (take(place, JSON.parse(event.data))) close();
    });
    source.addEventListener("error", () => {
      // A connection that breaks is made again by the browser itself; a refused one isn't.
      if (source === null || source.readyState !== EventSource.CLOSED) return;
      document.removeEventListener("visibilitychange", turn);
      close();
      poll(place);
    });
  };
  const turn = () => {
    if (document.hidden) close();
    else if (source === null) open();
  };
  document.addEventListener("visibilitychange", turn);
  turn();
}

// Asks every second, where the server can't tell.
async function poll(place) {
  let etag = null;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    if (document.hidden) continue;
    let answer;
    try {
      const headers = { accept: "application/json" };
      if (etag) headers["if-none-match"] = etag;
      answer = await fetch(place.dataset.run, { headers, cache: "no-store" });
    } catch {
      continue; // The network or the server is away: it comes back.
    }
    if (answer.status === 304 || answer.status >= 500) continue;
    // Signed out elsewhere, or the run is gone: the page as it is now says so.
    if (!answer.ok) return location.reload();
    etag = answer.headers.get("etag");
    if (take(place, await answer.json())) return;
  }
}

// A browser has six connections for a host over HTTP/1.1, and other windows need some, too.
const MOST_STREAMS = 2;

for (const time of document.querySelectorAll(".run time")) {
  time.textContent = new Date(time.dateTime).toLocaleString();
}
document.querySelectorAll("[data-run]").forEach((place, index) => {
  if (index < MOST_STREAMS && "EventSource" in window) listen(place);
  else poll(place);
});
