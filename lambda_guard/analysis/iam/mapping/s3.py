"""What IAM checks for S3's operations, and how its buckets, access points and directory buckets are named.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

from lambda_guard.analysis.iam.mapping.call import Call, Rule

SOURCE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html"
_EXPRESS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-security-iam.html"

_OBJECT, _BUCKET, _SOURCE = "object bucket", "bucket bucket", "object source"
_GRANTS = ("ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")
_MISSING = ("!404", "!NoSuchKey")
_BYPASS = Rule("s3:BypassGovernanceRetention", _OBJECT, when=("BypassGovernanceRetention",))

# Whoever may not list a bucket is told 403 where an object is missing, and code that asks for 404 breaks.
_LISTED = Rule(
    "s3:ListBucket",
    _BUCKET,
    when=_MISSING,
    confidence="inferred",
    note="S3 says that an object is missing only to those who may list the bucket",
)


def _versioned(action: str, versioned: str) -> tuple[Rule, Rule]:
    return (
        Rule(f"s3:{action}", _OBJECT, unless=("VersionId",)),
        Rule(f"s3:{versioned}", _OBJECT, when=("VersionId",)),
    )


_READ = (*_versioned("GetObject", "GetObjectVersion"), _LISTED)
_READ_SOURCE = (
    Rule("s3:GetObject", _SOURCE, unless=("SourceVersion",)),
    Rule("s3:GetObjectVersion", _SOURCE, when=("SourceVersion",)),
)
_WRITE = (
    Rule("s3:PutObject", _OBJECT),
    Rule("s3:PutObjectAcl", _OBJECT, when=_GRANTS),
    Rule("s3:PutObjectTagging", _OBJECT, when=("Tagging",)),
    Rule("s3:PutObjectRetention", _OBJECT, when=("ObjectLockMode", "ObjectLockRetainUntilDate")),
    Rule("s3:PutObjectLegalHold", _OBJECT, when=("ObjectLockLegalHoldStatus",)),
)
_COPIED_TAGS = "tags are read from the source where they are copied; AWS's own table leaves that out"
_DELETE = "AWS's table wants DeleteObjectVersion alone for a version, its API page DeleteObject too"

ROWS: dict[str, tuple[Rule, ...]] = {
    "GetObject": _READ,
    "HeadObject": _READ,
    "SelectObjectContent": (Rule("s3:GetObject", _OBJECT),),
    "GetObjectAttributes": (
        *_versioned("GetObject", "GetObjectVersion"),
        *_versioned("GetObjectAttributes", "GetObjectVersionAttributes"),
    ),
    "GetObjectAcl": _versioned("GetObjectAcl", "GetObjectVersionAcl"),
    "PutObjectAcl": _versioned("PutObjectAcl", "PutObjectVersionAcl"),
    "GetObjectTagging": _versioned("GetObjectTagging", "GetObjectVersionTagging"),
    "PutObjectTagging": _versioned("PutObjectTagging", "PutObjectVersionTagging"),
    "DeleteObjectTagging": _versioned("DeleteObjectTagging", "DeleteObjectVersionTagging"),
    "PutObjectRetention": (Rule("s3:PutObjectRetention", _OBJECT), _BYPASS),
    "PutObject": (*_WRITE, Rule("s3:GetObject", _OBJECT, when=("IfMatch",))),
    "CreateMultipartUpload": _WRITE,
    "UploadPart": (Rule("s3:PutObject", _OBJECT),),
    "CompleteMultipartUpload": (Rule("s3:PutObject", _OBJECT), Rule("s3:GetObject", _OBJECT, when=("IfMatch",))),
    "AbortMultipartUpload": (Rule("s3:AbortMultipartUpload", _OBJECT),),
    "ListParts": (Rule("s3:ListMultipartUploadParts", _OBJECT),),
    "UploadPartCopy": (*_READ_SOURCE, Rule("s3:PutObject", _OBJECT)),
    "CopyObject": (
        *_READ_SOURCE,
        *_WRITE,
        Rule("s3:PutObjectTagging", _OBJECT, when=("TaggingDirective=COPY",), confidence="conflict", note=_COPIED_TAGS),
        Rule(
            "s3:GetObjectTagging",
            _SOURCE,
            when=("TaggingDirective=COPY",),
            unless=("SourceVersion",),
            confidence="conflict",
            note=_COPIED_TAGS,
        ),
    ),
    "DeleteObject": (
        Rule("s3:DeleteObject", _OBJECT),
        Rule("s3:DeleteObjectVersion", _OBJECT, when=("VersionId",), confidence="conflict", note=_DELETE),
        Rule("s3:GetObject", _OBJECT, when=("IfMatch",), confidence="inferred"),
        _BYPASS,
    ),
    "DeleteObjects": (
        Rule("s3:DeleteObject", _OBJECT),
        Rule(
            "s3:DeleteObjectVersion",
            _OBJECT,
            when=("Delete.Objects.VersionId",),
            confidence="conflict",
            note=_DELETE,
        ),
        _BYPASS,
    ),
    "ListObjectsV2": (
        Rule("s3:ListBucket", _BUCKET),
        Rule(
            "s3:GetObjectAcl",
            _OBJECT,
            when=("FetchOwner",),
            confidence="conflict",
            note="AWS's table wants it to show owners, its API page does not",
        ),
    ),
    "CreateBucket": (
        Rule("s3:CreateBucket", _BUCKET),
        Rule("s3:PutBucketAcl", _BUCKET, when=_GRANTS),
        Rule("s3:PutBucketObjectLockConfiguration", _BUCKET, when=("ObjectLockEnabledForBucket",)),
        Rule("s3:PutBucketVersioning", _BUCKET, when=("ObjectLockEnabledForBucket",)),
        Rule("s3:PutBucketOwnershipControls", _BUCKET, when=("ObjectOwnership",)),
        Rule("s3:TagResource", _BUCKET, when=("CreateBucketConfiguration.Tags",), confidence="inferred"),
    ),
    "ListBuckets": (Rule("s3:ListAllMyBuckets"),),
    "ListDirectoryBuckets": (Rule("s3express:ListAllMyDirectoryBuckets"),),
    "WriteGetObjectResponse": (
        Rule(
            "s3-object-lambda:WriteGetObjectResponse",
            "s3-object-lambda:accesspoint/*",
            confidence="inferred",
            note="the access point is hidden in an opaque token",
        ),
    ),
}

# Requests for objects of directory buckets go through a session, whatever they do.
_ON_DIRECTORIES = frozenset(("CreateBucket", "DeleteBucket", "CreateSession"))


def adapted(call: Call, action: str, place: str, name: str) -> tuple[str, str, str]:
    """Return action, resource and what stays unresolved, for a bucket parameter that may hold five kinds of things.

    place: `object` or `bucket`. name: of a bucket, ARN or alias of an access point, or a directory bucket's.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
    """
    objects = place == "object"
    if name.startswith("arn:"):
        service = name.split(":")[2]
        if service == "s3" and ":accesspoint" not in name:
            return action, f"{name}/*" if objects else name, ""
        point = name.rpartition("/")[2]
        behind = f"{action} on the bucket behind {point}, unless its policy delegates to access points"
        if service in ("s3-outposts", "s3-object-lambda"):
            action = f"{service}:{action.partition(':')[2]}"
        if service == "s3express":
            return "s3express:CreateSession", name, ""
        return action, f"{name}/object/*" if objects and service != "s3-object-lambda" else name, behind
    if name.endswith(("--x-s3", "--xa-s3")):
        where = "bucket" if name.endswith("--x-s3") else "accesspoint"
        own = action.partition(":")[2]
        if not objects and own not in ("ListBucket", "ListBucketMultipartUploads"):
            action = f"s3express:{own}"
        else:
            action = "s3express:CreateSession"
        return action, call.arn("s3express", f"{where}/{name}"), ""
    if name.endswith("-s3alias"):
        tail = "accesspoint/*/object/*" if objects else "accesspoint/*"
        return action, call.arn("s3", tail), f"the access point that {name} stands for, and the bucket behind it"
    if name.endswith("--ol-s3"):
        action = f"s3-object-lambda:{action.partition(':')[2]}"
        return action, call.arn("s3-object-lambda", "accesspoint/*"), f"the access point that {name} stands for"
    return action, f"arn:{call.partition}:s3:::{name}{'/*' if objects else ''}", ""
