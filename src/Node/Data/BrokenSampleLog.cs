namespace Lockstep.Node.Data;

/// <summary>Is told of each broken file once. May be called from any worker thread, one call at a time.</summary>
public delegate void BrokenSampleLog(string name, string reason);
