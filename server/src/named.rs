//! Enumerations whose every case has a name that others know it by: in metrics, alerts, the runbook.

/// Makes one of a table: of each case what it is, and its name. None can be without one, or missing in `ALL`.
macro_rules! named {
    (
        $(#[$about:meta])*
        $kind:ident { $($(#[$doc:meta])* $case:ident = $name:literal,)* }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $kind {
            $($(#[$doc])* $case,)*
        }

        impl $kind {
            /// All of them.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$case),*];

            /// The name that others know it by.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$case => $name,)*
                }
            }
        }
    };
}

pub(crate) use named;
