// Follows the runs that are under way. Everything else on the page works without this.
"use strict";

function words(run) {
  const kind = run.kind;
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

async function follow(place) {
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
    const run = await answer.json();
    if (["succeeded", "failed", "cancelled"].includes(run.status)) return location.reload();
    show(place, run);
  }
}

for (const time of document.querySelectorAll(".run time")) {
  time.textContent = new Date(time.dateTime).toLocaleString();
}
for (const place of document.querySelectorAll("[data-run]")) follow(place);
