//! Mappings: protection, flags, advice, memory policy.
use super::sets;

sets! {
    /// Protection of a mapping.
    PROT bits "PROT_???" {
        PROT_NONE = 0 & 0xffffffffffffffff, PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4,
        PROT_SEM = 8, PROT_GROWSDOWN = 0x1000000, PROT_GROWSUP = 0x2000000,
    }
    /// Flags of `mmap`.
    MAP bits "MAP_???" {
        MAP_FILE = 0 & 0xf, MAP_SHARED = 1 & 0xf, MAP_PRIVATE = 2 & 0xf,
        MAP_SHARED_VALIDATE = 3 & 0xf, MAP_DROPPABLE = 8 & 0xf, MAP_FIXED = 0x10,
        MAP_ANONYMOUS = 0x20, MAP_32BIT = 0x40, MAP_NORESERVE = 0x4000, MAP_POPULATE = 0x8000,
        MAP_NONBLOCK = 0x10000, MAP_GROWSDOWN = 0x100, MAP_DENYWRITE = 0x800,
        MAP_EXECUTABLE = 0x1000, MAP_LOCKED = 0x2000, MAP_STACK = 0x20000, MAP_HUGETLB = 0x40000,
        MAP_SYNC = 0x80000, MAP_FIXED_NOREPLACE = 0x100000,
    }
    /// Flags of `mremap`.
    MREMAP bits "MREMAP_???" {
        MREMAP_MAYMOVE = 1, MREMAP_FIXED = 2, MREMAP_DONTUNMAP = 4,
    }
    /// Flags of `msync`.
    MSYNC bits "MS_???" {
        MS_SYNC = 4, MS_ASYNC = 1, MS_INVALIDATE = 2,
    }
    /// Flags of `mlockall`.
    MLOCKALL bits "MCL_???" {
        MCL_CURRENT = 1, MCL_FUTURE = 2, MCL_ONFAULT = 4,
    }
    /// Flags of `mlock2`.
    MLOCK2 bits "MLOCK_???" {
        MLOCK_ONFAULT = 1,
    }
    /// Advice on memory's use.
    MADVISE one "MADV_???" {
        MADV_NORMAL = 0, MADV_RANDOM = 1, MADV_SEQUENTIAL = 2, MADV_WILLNEED = 3, MADV_DONTNEED = 4,
        MADV_FREE = 8, MADV_REMOVE = 9, MADV_DONTFORK = 0xa, MADV_DOFORK = 0xb,
        MADV_MERGEABLE = 0xc, MADV_UNMERGEABLE = 0xd, MADV_HUGEPAGE = 0xe, MADV_NOHUGEPAGE = 0xf,
        MADV_DONTDUMP = 0x10, MADV_DODUMP = 0x11, MADV_WIPEONFORK = 0x12, MADV_KEEPONFORK = 0x13,
        MADV_COLD = 0x14, MADV_PAGEOUT = 0x15, MADV_POPULATE_READ = 0x16,
        MADV_POPULATE_WRITE = 0x17, MADV_DONTNEED_LOCKED = 0x18, MADV_COLLAPSE = 0x19,
        MADV_HWPOISON = 0x64, MADV_SOFT_OFFLINE = 0x65, MADV_GUARD_INSTALL = 0x66,
        MADV_GUARD_REMOVE = 0x67,
    }
    /// Memory policies.
    MPOL one "MPOL_???" {
        MPOL_DEFAULT = 0, MPOL_PREFERRED = 1, MPOL_BIND = 2, MPOL_INTERLEAVE = 3, MPOL_LOCAL = 4,
        MPOL_PREFERRED_MANY = 5, MPOL_WEIGHTED_INTERLEAVE = 6,
    }
    /// A memory policy with its flags.
    MPOL_MODE bits "MPOL_???" {
        MPOL_DEFAULT = 0 & 0xffff1fff, MPOL_PREFERRED = 1 & 0xffff1fff, MPOL_BIND = 2 & 0xffff1fff,
        MPOL_INTERLEAVE = 3 & 0xffff1fff, MPOL_LOCAL = 4 & 0xffff1fff,
        MPOL_PREFERRED_MANY = 5 & 0xffff1fff, MPOL_WEIGHTED_INTERLEAVE = 6 & 0xffff1fff,
        MPOL_F_STATIC_NODES = 0x8000, MPOL_F_RELATIVE_NODES = 0x4000,
        MPOL_F_NUMA_BALANCING = 0x2000,
    }
    /// Flags of `get_mempolicy`.
    MPOL_GET bits "MPOL_???" {
        MPOL_F_NODE = 1, MPOL_F_ADDR = 2, MPOL_F_MEMS_ALLOWED = 4,
    }
    /// Flags of `mbind` and `move_pages`.
    MPOL_MOVE bits "MPOL_???" {
        MPOL_MF_STRICT = 1, MPOL_MF_MOVE = 2, MPOL_MF_MOVE_ALL = 4,
    }
    /// Flags of `move_pages`.
    MOVE_PAGES bits "MPOL_???" {
        MPOL_MF_MOVE = 2, MPOL_MF_MOVE_ALL = 4,
    }
    /// Access rights of a protection key.
    PKEY bits "PKEY_???" {
        PKEY_DISABLE_ACCESS = 1, PKEY_DISABLE_WRITE = 2, PKEY_DISABLE_EXECUTE = 4,
    }
    /// Flags of `map_shadow_stack`.
    SHADOW_STACK bits "SHADOW_STACK_???" {
        SHADOW_STACK_SET_TOKEN = 1, SHADOW_STACK_SET_MARKER = 2,
    }
}
