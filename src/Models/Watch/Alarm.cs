namespace Lockstep.Models.Watch;

/// <summary>Something that a run's own numbers show and that its user should hear of while it trains.</summary>
/// <param name="Kind">Short name of what is wrong, for programs, e.g. uniform.</param>
/// <param name="Text">For people: what is seen, what it means, and what can be done about it.</param>
public sealed record Alarm(string Kind, string Text);
