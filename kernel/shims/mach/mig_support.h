/* MIG's output includes this header, which gnumach-dev does not have.
   Server stubs in the kernel need nothing of it.  */
