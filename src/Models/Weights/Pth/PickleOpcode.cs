namespace Lockstep.Models.Weights.Pth;

/// <summary>The pickle instructions that torch.save needs for a state dict, under the names of Python's pickletools.</summary>
internal enum PickleOpcode : byte
{
    Mark = (byte)'(', Stop = (byte)'.', None = (byte)'N', Binint = (byte)'J', Binint1 = (byte)'K', Binint2 = (byte)'M', Binfloat = (byte)'G',
    Binunicode = (byte)'X', EmptyList = (byte)']', Append = (byte)'a', Appends = (byte)'e', EmptyDict = (byte)'}', Setitem = (byte)'s',
    Setitems = (byte)'u', Tuple = (byte)'t', EmptyTuple = (byte)')', Binget = (byte)'h', LongBinget = (byte)'j', Binput = (byte)'q',
    LongBinput = (byte)'r', Global = (byte)'c', Reduce = (byte)'R', Build = (byte)'b', Binpersid = (byte)'Q',
    Proto = 0x80, Newobj = 0x81, Tuple1 = 0x85, Tuple2 = 0x86, Tuple3 = 0x87, Newtrue = 0x88, Newfalse = 0x89, Long1 = 0x8A,
    ShortBinunicode = 0x8C, Binunicode8 = 0x8D, StackGlobal = 0x93, Memoize = 0x94, Frame = 0x95,
}
