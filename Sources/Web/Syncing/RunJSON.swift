import Domain

extension JSONWriter {
  /// A run, as the contract has it.
  mutating func run(_ run: SyncRun) {
    object { writer in
      writer.field("id", run.id.description)
      writer.field("kind", run.kind.rawValue)
      writer.field("status", run.status.rawValue)
      writer.field("trigger", run.trigger.rawValue)
      writer.field("mode", run.mode?.rawValue)
      writer.field("requested_at", run.requestedAt)
      writer.field("started_at", run.startedAt)
      writer.field("finished_at", run.finishedAt)
      writer.field("attempt", run.attempt)
      writer.object("progress") { writer in
        writer.field("done", run.progress.done)
        writer.field("total", run.progress.total)
        writer.field("unit", run.progress.unit)
      }
      writer.object("requests") { writer in
        writer.field("made", run.requests.made)
        writer.field("saved", run.requests.saved)
      }
      writer.object("changes") { writer in
        writer.field("added", run.changes.added)
        writer.field("updated", run.changes.updated)
        writer.field("removed", run.changes.removed)
        writer.field("skipped", run.changes.skipped)
      }
      writer.array("gaps", run.gaps) { writer, gap in
        writer.object { writer in
          writer.field("reason", gap.reason.rawValue)
          writer.field("count", gap.count)
        }
      }
      writer.field("waiting_until", run.waitingUntil)
      writer.failure(run.failure)
    }
  }

  private mutating func failure(_ failure: RunFailure?) {
    key("error")
    guard let failure else { return null() }
    object { writer in
      writer.field("code", failure.code)
      writer.field("detail", failure.detail)
    }
  }
}
