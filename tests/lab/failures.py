"""What devices say when an update fails: free text, by the class of failure that it stands for."""

#: Why a Mac cannot install by itself whose bootstrap token the MDM does not have.
ACCESS_DENIED = (
    'Error Domain=SUMacControllerError Code=7507 "AccessRequestDenied" '
    "UserInfo={NSLocalizedDescription=The request for access was denied.}"
)

FAILURES = {
    "Power": "BatteryTooLow",
    "Space": "Insufficient disk space",
    "Network": 'Error Domain=NSURLErrorDomain Code=-1005 "The network connection was lost."',
    "BootstrapToken": ACCESS_DENIED,
    "Busy": 'Error Domain=SUMacControllerError Code=7509 "AccessLost"',
    "NotOffered": 'Error Domain=SUMacControllerError Code=7301 "ScanNoUpdateFound"',
    "Failed": 'Error Domain=MobileSoftwareUpdateErrorDomain Code=4 "The operation could not be completed."',
}
