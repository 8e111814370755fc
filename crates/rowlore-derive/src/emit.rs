//! Plain data → code: the implementation of the trait and the column constants.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;

use crate::declaration::{Columns, Condition, Declaration, Events, Extra, Tracker};

/// The code for one declaration. It goes through the builder of `rowlore::declare`, as a person's code would.
pub(crate) fn emit(declaration: &Declaration) -> TokenStream {
    let Declaration { ident, table, .. } = declaration;
    let key = &declaration.key.columns;
    let constants = constants(declaration);
    let tracked = tracked_table(declaration);
    quote! {
        #constants

        #[automatically_derived]
        impl ::rowlore::Tracked for #ident {
            const TABLE: &'static str = #table;
            const KEY: &'static [&'static str] = &[#(#key),*];

            fn declaration() -> ::rowlore::declare::TrackedTable {
                #tracked
            }
        }
    }
}

fn constants(declaration: &Declaration) -> TokenStream {
    let Declaration { ident, vis, .. } = declaration;
    let recorded = declaration.fields.iter().filter(|field| !field.skip);
    let constants = recorded.map(|field| {
        let column = &field.column;
        let doc = format!("The column `{column}` of the table.");
        // The field's own span: a name used twice is reported there.
        let name =
            format_ident!("{}", field.ident.unraw().to_string().to_uppercase(), span = field.ident.span());
        quote! {
            #[doc = #doc]
            #vis const #name: ::rowlore::Column<Self> = ::rowlore::Column::new(#column);
        }
    });
    quote! {
        #[automatically_derived]
        #[allow(dead_code)]
        impl #ident {
            #(#constants)*
        }
    }
}

fn tracked_table(declaration: &Declaration) -> TokenStream {
    let Declaration {
        ident,
        vis: _,
        table,
        key,
        columns,
        ignore,
        links,
        unchanged,
        baseline,
        events,
        trackers,
        fields: _,
    } = declaration;
    let key = key.declared.then(|| {
        let names = &key.columns;
        quote!(.key([#(#names),*]))
    });
    let columns = match columns {
        Columns::All => None,
        Columns::Only(names) => Some(quote!(.only([#(#names),*]))),
        Columns::Except(names) => Some(quote!(.except([#(#names),*]))),
    };
    let ignore = (!ignore.is_empty()).then(|| quote!(.ignore([#(#ignore),*])));
    let links = (!links.is_empty()).then(|| quote!(.links([#(#links),*])));
    let unchanged = unchanged.as_ref().map(|word| {
        let variant = variant(word);
        quote!(.unchanged(::rowlore::declare::Unchanged::#variant))
    });
    let baseline = (!baseline).then(|| quote!(.without_baseline()));
    let struct_name = ident.unraw().to_string();
    let trackers = trackers.iter().enumerate().map(|(index, tracker)| {
        let place = match &tracker.label {
            Some(label) => format!("{struct_name}, tracker `{label}`"),
            None => format!("{struct_name}, tracker {}", index + 1),
        };
        emit_tracker(tracker, &place)
    });
    let events = events.iter().map(|events| {
        let place = match &events.name {
            Some(name) => format!("{struct_name}, events `{name}`"),
            None => format!("{struct_name}, events"),
        };
        emit_events(events, &place)
    });
    quote! {
        ::rowlore::declare::TrackedTable::new(#table)
            #key #columns #ignore #links #unchanged #baseline
            #(.event_table(#events))*
            #(.tracker(#trackers))*
            .declared_at(::rowlore::declare::Origin::Type { name: #struct_name })
    }
}

fn emit_tracker(tracker: &Tracker, place: &str) -> TokenStream {
    let Tracker { label, operations, image, columns, ignore, condition, manual, events } = tracker;
    let label = match label {
        Some(label) => quote!(::rowlore::declare::Tracker::new(#label)),
        None => quote!(<::rowlore::declare::Tracker as ::core::default::Default>::default()),
    };
    let operations = (!operations.is_empty()).then(|| {
        let variants = operations.iter().map(|word| variant(word));
        quote!(.on([#(::rowlore::declare::Operation::#variants),*]))
    });
    let image = image.as_ref().map(|word| {
        let variant = variant(word);
        quote!(.image(::rowlore::declare::Image::#variant))
    });
    let columns = columns.as_ref().map(|columns| {
        let columns = emit_columns(columns);
        quote!(.columns(#columns))
    });
    let ignore = ignore.as_ref().map(|names| {
        // The type is written out: an empty list has none of its own.
        let count = names.len();
        quote!(.ignore([#(#names),*] as [&str; #count]))
    });
    let condition = condition.as_ref().map(|condition| match condition {
        Condition::When(expression) => quote!(.when(#expression)),
        Condition::Compares(variant, columns) => {
            let (variant, columns) = (format_ident!("{variant}"), emit_columns(columns));
            quote!(.condition(::rowlore::declare::Condition::#variant(#columns)))
        }
    });
    let events = events.as_ref().map(|events| quote!(.events(#events)));
    quote! {
        ::rowlore::declare::Tracker {
            origin: ::core::option::Option::Some(::rowlore::declare::Origin::Type { name: #place }),
            manual: #manual,
            ..#label #operations #image #columns #ignore #condition #events
        }
    }
}

fn emit_events(events: &Events, place: &str) -> TokenStream {
    let Events { name, schema, no_key, context, time, partition, changeable, indexes, extra } = events;
    let made = match name {
        Some(name) => quote!(::rowlore::declare::Events::named(#name)),
        None => quote!(<::rowlore::declare::Events as ::core::default::Default>::default()),
    };
    let schema = schema.as_ref().map(|schema| quote!(.schema(#schema)));
    let no_key = no_key.then(|| quote!(.without_key()));
    let context = context.as_ref().map(|word| {
        let variant = variant(word);
        quote!(.context(::rowlore::declare::ContextForm::#variant))
    });
    let time = time.as_ref().map(|word| {
        let variant = variant(word);
        quote!(.time(::rowlore::declare::TimeSource::#variant))
    });
    let partition = partition.as_ref().map(|word| {
        let variant = variant(word);
        quote!(.partition(::rowlore::declare::Period::#variant))
    });
    let changeable = changeable.then(|| quote!(.changeable()));
    let indexes = indexes.iter().map(|columns| quote!(.index([#(#columns),*])));
    let extra = extra.iter().map(|Extra { name, sql_type, value }| match value {
        Some(value) => quote!(.extra_value(#name, #sql_type, #value)),
        None => quote!(.extra(#name, #sql_type)),
    });
    quote! {
        ::rowlore::declare::Events {
            origin: ::core::option::Option::Some(::rowlore::declare::Origin::Type { name: #place }),
            ..#made #schema #no_key #context #time #partition #changeable #(#indexes)* #(#extra)*
        }
    }
}

fn emit_columns(columns: &Columns) -> TokenStream {
    match columns {
        Columns::All => quote!(::rowlore::declare::Columns::All),
        Columns::Only(names) => quote!(::rowlore::declare::Columns::only([#(#names),*])),
        Columns::Except(names) => quote!(::rowlore::declare::Columns::except([#(#names),*])),
    }
}

/// `update` is the variant `Update`.
fn variant(word: &str) -> syn::Ident {
    let mut letters = word.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format_ident!("{first}{}", letters.as_str())
}
