//! One module a page, so that a failing block names its page.

macro_rules! pages {
    ($($name:ident = $path:literal,)*) => {$(
        #[doc = include_str!(concat!("../../", $path))]
        mod $name {}
    )*};
}

include!("pages.in");
