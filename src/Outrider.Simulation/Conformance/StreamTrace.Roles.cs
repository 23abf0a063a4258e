using Outrider.Core;
using Outrider.Core.Tracing;
using Outrider.Replication;
using static Outrider.Simulation.StreamTerms;

namespace Outrider.Simulation;

/// <summary>What members and leaders do within one step of their machine.</summary>
internal sealed partial class StreamTrace
{
    private Event _event;

    /// <summary>Whether the append at hand was taken or refused; null: its leader is not followed.</summary>
    private bool? _taken;

    private void Restarted(SimNode node, Group here, StreamCopy copy)
    {
        var isFirst = node.Life == 1;
        copy.Found(here.Promised.Value);
        if (isFirst) return;
        Line(node.Id, "Restart", null, null,
            ("promised", TraceValue.Number(here.Promised.Value)), ("stream", Whole(copy.Entries)));
    }

    private void Received(SimNode node, NodeId from, Message message, Group here, StreamCopy copy)
    {
        switch (message)
        {
            case Append append:
                var part = append.Parts.FirstOrDefault(p => p.Stream == stream);
                if (part is null) Heard(node, from, append.Term, copy);
                else OnAppend(node, from, append.Term, part, copy);
                break;
            case Install install when install.Stream == stream:
                OnInstall(node, from, install, copy);
                break;
            case Install install:
                Heard(node, from, install.Term, copy);
                break;
            case Probe probe:
                Heard(node, from, probe.Term, copy);
                break;
            case Seal seal when AnswerTo<SealAck>(node) is not null:
                if (seal.Term.Value > copy.Promised) copy.Matched = 0;
                TakeRecords(node, copy);
                Line(node.Id, "Answer", Close(from, seal.Term), null,
                    ("promised", TraceValue.Number(here.Promised.Value)), ("disk", copy.Disk));
                break;
            case AppendAck ack when copy.Leading == ack.Term.Value && copy.HasSealed:
                foreach (var acked in ack.Parts)
                    if (acked.Stream == stream) Count(node.Id, from, ack.Term, acked.Fsync, copy);
                break;
        }
    }

    private void OnAppend(SimNode node, NodeId from, Term term, AppendPart part, StreamCopy copy)
    {
        if (_taken is not { } taken) return;
        var raised = term.Value > copy.Promised;
        var changed = TakeRecords(node, copy);
        if (raised) copy.Matched = 0;
        var prev = part.Prev.Value;
        var end = prev + part.Entries.Count;
        // What is below a member's base is committed, so the leader has it: it counts as matched unseen.
        if (taken && prev <= copy.Base && end < copy.Base
            && _said.Contains(Said(from, Entries(from, term, 0, copy.Base))))
            (prev, end) = (0, copy.Base);
        if (!raised && !changed && (!taken || end <= copy.Matched)) return;
        if (taken) copy.Matched = Math.Max(copy.Matched, end);
        Line(node.Id, "Store", Entries(from, term, prev, end), null,
            ("promised", TraceValue.Number(term.Value)), ("stream", Ending(copy.Entries)), ("disk", copy.Disk));
    }

    private void OnInstall(SimNode node, NodeId from, Install install, StreamCopy copy)
    {
        if (AnswerTo<AppendAck>(node) is null) return;
        var raised = install.Term.Value > copy.Promised;
        var end = install.Base.Index.Value;
        if (raised) copy.Matched = 0;
        var replaced = node.Effects.Journal.OfType<JournalRecord.SetBase>()
            .Any(r => r.Stream == new StreamKey(group, stream) && !r.KeepSuffix);
        var changed = TakeRecords(node, copy);
        if (!raised && !changed && end <= copy.Matched) return;
        copy.Matched = Math.Max(copy.Matched, end);
        Line(node.Id, replaced ? "Replace" : "Store", Entries(from, install.Term, 0, end), null,
            ("promised", TraceValue.Number(install.Term.Value)), ("stream", Ending(copy.Entries)),
            ("disk", copy.Disk));
    }

    /// <summary>A message that says nothing of this stream may still raise the promise.</summary>
    private void Heard(SimNode node, NodeId from, Term term, StreamCopy copy)
    {
        if (!TakeRecords(node, copy)) return;
        copy.Matched = 0;
        Line(node.Id, "Hear", Entries(from, term, 0, 0), null,
            ("promised", TraceValue.Number(term.Value)), ("disk", copy.Disk));
    }

    private void Count(NodeId node, NodeId from, Term term, LogIndex length, StreamCopy copy)
    {
        if (length <= copy.Acks.GetValueOrDefault(from)) return;
        copy.Acks[from] = length;
        Line(node, "Count", Ack(from, term, length), null);
    }

    /// <summary>Takes in what the journal was given by a member; true if any of it counts for the model.</summary>
    private bool TakeRecords(SimNode node, StreamCopy copy)
    {
        var any = false;
        var token = node.Effects.LastToken.Value - node.Effects.Journal.Count;
        for (; copy.JournalSeen < node.Effects.Journal.Count; copy.JournalSeen++)
        {
            var at = token + copy.JournalSeen + 1;
            switch (node.Effects.Journal[copy.JournalSeen])
            {
                case JournalRecord.SaveState save when save.Group == group:
                    any |= copy.Save(Promised(save.State), at);
                    break;
                case JournalRecord.Truncate cut when cut.Stream == new StreamKey(group, stream):
                    copy.Cut(cut.From, at);
                    any = true;
                    break;
                case JournalRecord.Append append when append.Stream == new StreamKey(group, stream):
                    copy.Entries.AddRange(append.Entries.Select(ModelEntry.Of));
                    copy.Write(at);
                    any = true;
                    break;
                case JournalRecord.SetBase put when put.Stream == new StreamKey(group, stream):
                    copy.Base = put.Base.Index.Value;
                    if (put.KeepSuffix) break;
                    copy.Replace(Prefix(put.Base), at);
                    any = true;
                    break;
            }
        }

        return any;
    }

    /// <summary>Goes on with what a leader has done since the last look within this step.</summary>
    private void Follow(SimNode node, Group here, StreamCopy copy)
    {
        var term = here.LeadingTerm.Value;
        if (term > 0 && term != copy.Leading) Appointed(node, here, copy);
        var token = node.Effects.LastToken.Value - node.Effects.Journal.Count;
        while (copy.JournalSeen < node.Effects.Journal.Count)
        {
            var at = token + copy.JournalSeen + 1;
            var record = node.Effects.Journal[copy.JournalSeen++];
            switch (record)
            {
                case JournalRecord.SaveState save when save.Group == group:
                    copy.Save(Promised(save.State), at);
                    break;
                case JournalRecord.Truncate cut when cut.Stream == new StreamKey(group, stream):
                    copy.Cut(cut.From, at);
                    break;
                case JournalRecord.Append append when append.Stream == new StreamKey(group, stream):
                    Appended(node.Id, here, append.Entries, copy, at);
                    break;
                case JournalRecord.SetBase put when put.Stream == new StreamKey(group, stream):
                    copy.Base = put.Base.Index.Value;
                    if (put.KeepSuffix) break;
                    copy.Replace(Prefix(put.Base), at);
                    Wrote(node.Id, "Install", copy);
                    break;
            }
        }
    }

    private void Appointed(SimNode node, Group here, StreamCopy copy)
    {
        copy.Leading = here.LeadingTerm.Value;
        copy.HasSealed = false;
        copy.Gathered.Clear();
        copy.Gathered.Add(node.Id, null);
        copy.Acks.Clear();
        copy.Matched = 0;
        TakeRecords(node, copy);
        Line(node.Id, "Close",
            TraceValue.Of("Appoint", ("term", TraceValue.Number(copy.Leading)), ("leader", Id(node.Id)),
                ("members", Set(here.Config!))),
            null, ("promised", TraceValue.Number(here.Promised.Value)), ("disk", copy.Disk));
    }

    private void Appended(NodeId node, Group here, IReadOnlyList<Entry> entries, StreamCopy copy, long token)
    {
        var isOwn = entries[0].Term.Value == copy.Leading;
        if (!isOwn || copy.Leading == 0)
        {
            copy.Entries.AddRange(entries.Select(ModelEntry.Of));
            copy.Write(token);
            Wrote(node, "Adopt", copy);
            return;
        }

        foreach (var entry in entries)
        {
            var seals = entry.Kind == EntryKind.Seal && !copy.HasSealed;
            if (seals && here.Record is { } record && record.Active[^1].Term.Value == copy.Leading)
                Line(node, "Lead", OfTerm("Activated", new Term(copy.Leading)), null);
            if (seals) copy.Committed = here.Stream(stream).FsyncCommitted;
            copy.HasSealed |= seals;
            copy.Entries.Add(ModelEntry.Of(entry));
            copy.Write(token);
            Wrote(node, seals ? "Seal" : "Write", copy);
        }
    }

    private void Wrote(NodeId node, string step, StreamCopy copy) =>
        Line(node, step, null, null, ("stream", Ending(copy.Entries)), ("disk", copy.Disk));

    /// <summary>What a leader has found committed, what it asks of the control plane, what it sends.</summary>
    private void Lead(SimNode node, Group here, StreamCopy copy)
    {
        var committed = here.Stream(stream).FsyncCommitted;
        if (copy.HasSealed && committed > copy.Committed)
        {
            copy.Committed = committed;
            copy.Decided[copy.Leading] = committed.Value;
            var decided = copy.Decided.Select(d =>
                TraceValue.List(TraceValue.Number(d.Key), Ending(d.Value, null)));
            Line(node.Id, "Commit", null, null, ("decided", TraceValue.List([.. decided])));
        }

        foreach (var call in node.Effects.Controls.OfType<ControlCall.CompareAndSet>())
            foreach (var write in call.Writes)
                if (write.Key == GroupRecord.Key(group) && GroupRecord.Decode(write.Value) is { } next)
                    Asks(node.Id, here.Record!, next, copy);
        foreach (var send in node.Effects.Sends)
            if (send.Message.Group == group) Sends(node.Id, send.To, send.Message, copy);
    }

    private void Asks(NodeId node, GroupRecord known, GroupRecord next, StreamCopy copy)
    {
        if (next.Term.Value != copy.Leading) return;
        var step = next.OpenedTerm != known.OpenedTerm ? ("Open", "Opened", "opener")
            : next.Active.Count != known.Active.Count ? ("Activate", "Activate", "activator")
            : default;
        if (step == default) return;
        Say(node, step.Item1, TraceValue.Of(
            step.Item2, (step.Item3, Id(node)), ("term", TraceValue.Number(copy.Leading))));
    }

    private void Sends(NodeId node, NodeId to, Message message, StreamCopy copy)
    {
        var term = new Term(copy.Leading);
        switch (message)
        {
            case Append append when append.Parts.FirstOrDefault(p => p.Stream == stream) is { } part:
                Say(node, "Replicate", Entries(node, term, part.Prev.Value, part.Prev.Value + part.Entries.Count));
                var theirs = CopyOf(to).Base;
                if (part.Prev.Value <= theirs && theirs <= copy.Entries.Count)
                    Say(node, "Replicate", Entries(node, term, 0, theirs));
                break;
            case Install install when install.Stream == stream:
                Say(node, "Replicate", Entries(node, term, 0, install.Base.Index.Value));
                break;
            case Append or Install or Probe:
                Say(node, "Replicate", Entries(node, term, 0, 0));
                break;
        }
    }

    /// <summary>Acknowledgements that need not wait leave at once.</summary>
    private void Answer(SimNode node, StreamCopy copy)
    {
        foreach (var send in node.Effects.Sends)
        {
            if (send.Message is not AppendAck ack || ack.Id != group || ack.Term.Value > copy.Saved) continue;
            foreach (var part in ack.Parts)
                if (part.Stream == stream && part.Fsync > LogIndex.Zero)
                    Say(node.Id, "Ack", Ack(node.Id, ack.Term, part.Fsync));
        }
    }

    private T? AnswerTo<T>(SimNode node) where T : Message
    {
        foreach (var send in node.Effects.Sends)
            if (send.Message is T answer && answer.Group == group) return answer;
        return null;
    }
}
