-- Its history stays, under the name the table has today.
update rowlore.tracked set active = false, applied_at = now(), schema_name = {{schema}}, table_name = {{table}}
where {{registered_as}};
