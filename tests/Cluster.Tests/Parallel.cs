// Many tests wait for processes, timeouts and disks: more at a time than there are cores.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
