namespace Lockstep.Node.Replica.Devices;

/// <summary>A device is asked for that is not there, or is too small. The message names the setting, what there is and the remedy.</summary>
public sealed class DeviceException(string message) : Exception(message);
