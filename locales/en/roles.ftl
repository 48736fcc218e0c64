# Roles on cards.
roles-title = Roles
roles-intro = What each role means and who has it.
roles-can = Can
roles-cannot = Cannot
roles-nobody = Nobody has it yet.
roles-holders = Has it now: { $names }
roles-holders-more = Has it now: { $names } and others
roles-applications = What this means in the applications
roles-not-offered = This role is not offered any more.
roles-opens-nothing = This role is not offered here any more and opens nothing. Take it away and give another one.
roles-staff-only = Only { $brand } gives the role “{ $role }”.
roles-staff-only-note = Only { $brand } gives this role. Ask { $brand } for it.
roles-wrong-kind = The role “{ $role }” is not meant for companies like this one.
roles-no-product = The role “{ $role }” needs “{ $product }”, which no contract in force includes.
roles-product-missing = Your contract does not include “{ $product }”, so this role opens nothing. Ask { $brand } about it.
roles-people = Everybody with the role “{ $role }”
