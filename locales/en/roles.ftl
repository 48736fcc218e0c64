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
roles-product-missing = Your contract does not include “{ $product }”, so this role opens nothing. Ask { $brand } about it.
roles-people = Everybody with the role “{ $role }”
