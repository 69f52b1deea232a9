-- Runs once, when the container's Postgres is made: the roles of docs/operations.md and the database.
-- cratekeeper_owner migrates and owns the tables; cratekeeper, as whom the service logs in, may only become
-- cratekeeper_service. The server isn't told the owner's password.
\getenv owner_password STACK_OWNER_PASSWORD
\getenv service_password STACK_SERVICE_PASSWORD

-- A statement that fails isn't logged: these hold passwords.
SET log_min_error_statement TO panic;

CREATE ROLE cratekeeper_service NOLOGIN;
CREATE ROLE cratekeeper_owner LOGIN PASSWORD :'owner_password' IN ROLE cratekeeper_service;
CREATE ROLE cratekeeper LOGIN PASSWORD :'service_password' IN ROLE cratekeeper_service;
CREATE DATABASE cratekeeper OWNER cratekeeper_owner;
